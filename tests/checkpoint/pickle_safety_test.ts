import {
  ALLOWED,
  assertRefused,
  FLOATS,
  ORDERED,
  type PickleCase,
  REBUILD,
  tuple,
} from "./pickle_cases.ts";
import { OP } from "./pickle_writer.ts";

const found = (name: string): readonly [typeof TypeError, string] => [
  TypeError,
  `name nothing but ${ALLOWED}: found "${name}"`,
];
const opcode = (name: string): readonly [typeof TypeError, string] => [
  SyntaxError,
  `have only the opcodes of a state dict: found ${name}`,
];
const SYSTEM = OP.global("os", "system");
const COMMAND = [...OP.text("echo owned"), ...OP.tuple1];

const MALICIOUS: readonly PickleCase[] = [
  [[SYSTEM, COMMAND, OP.reduce], found("os.system")],
  [[OP.global("posix", "system"), COMMAND, OP.reduce], found("posix.system")],
  [[OP.global("builtins", "eval")], found("builtins.eval")],
  [[OP.global("builtins", "getattr")], found("builtins.getattr")],
  [[OP.global("torch", "load")], found("torch.load")],
  [
    [OP.global("torch.storage", "_load_from_bytes")],
    found("torch.storage._load_from_bytes"),
  ],
  [
    [OP.global("collections", "OrderedDict.__init__")],
    found("collections.OrderedDict.__init__"),
  ],
  [
    [OP.global("collections.OrderedDict", "")],
    found("collections.OrderedDict."),
  ],
  [[OP.global("__torch__", "Model")], found("__torch__.Model")],
  [[OP.text("os"), OP.text("system"), [0x93]], found("os.system")],
  [[OP.text("torch"), OP.text("FloatStorage"), [0x93]], opcode("STACK_GLOBAL")],
  [
    [OP.mark, OP.text("x"), [...new TextEncoder().encode("ios\nsystem\n")]],
    found("os.system"),
  ],
  [
    [OP.mark, [...new TextEncoder().encode("itorch\nFloatStorage\n")]],
    opcode("INST"),
  ],
  [[OP.mark, FLOATS, [0x6f]], opcode("OBJ")],
  [[FLOATS, OP.emptyTuple, [0x81]], opcode("NEWOBJ")],
  [[FLOATS, OP.emptyTuple, OP.emptyDict, [0x92]], opcode("NEWOBJ_EX")],
  [[[0x82, 1]], opcode("EXT1")],
  [[[0x83, 1, 0]], opcode("EXT2")],
  [[[0x84, 1, 0, 0, 0]], opcode("EXT4")],
  [[[...new TextEncoder().encode("P0\n")]], opcode("PERSID")],
  [[OP.emptyList], opcode("opcode 93")],
  [[[0x95, 0, 0, 0, 0, 0, 0, 0, 0]], opcode("opcode 149")],
  [[[0x8c, 1, 0x61]], opcode("opcode 140")],
  [[[0x30]], opcode("opcode 48")],
  [[[0x49]], opcode("opcode 73")],
  // What may be named may not be called with anything.
  [[FLOATS, OP.emptyTuple, OP.reduce], [
    TypeError,
    'call only what rebuilds tensors and dicts: found "torch.FloatStorage" with a tuple of 0',
  ]],
  [[OP.global("collections", "OrderedDict"), COMMAND, OP.reduce], [
    TypeError,
    'call only what rebuilds tensors and dicts: found "collections.OrderedDict" with a tuple of 1',
  ]],
  [[OP.text("os.system"), COMMAND, OP.reduce], [
    TypeError,
    'call only what rebuilds tensors and dicts: found "os.system" with a tuple of 1',
  ]],
  [[REBUILD, COMMAND, OP.reduce], [
    TypeError,
    'call torch._utils._rebuild_tensor_v2 with (storage, start, sizes, strides, bool, no hooks): found ("echo owned")',
  ]],
  [[
    OP.global("torch._utils", "_rebuild_parameter"),
    tuple(OP.none, OP.true, ORDERED),
    OP.reduce,
  ], [
    TypeError,
    "call torch._utils._rebuild_parameter with (tensor, bool, no hooks): found (None, True, an OrderedDict)",
  ]],
  // Attributes of anything.
  [[OP.emptyDict, OP.emptyDict, OP.build], [
    TypeError,
    "set no attributes but the _metadata of an OrderedDict: found a dict for a dict",
  ]],
  [[FLOATS, OP.emptyDict, OP.build], [
    TypeError,
    'set no attributes but the _metadata of an OrderedDict: found a dict for "torch.FloatStorage"',
  ]],
  [
    [
      ORDERED,
      OP.emptyDict,
      OP.text("__class__"),
      OP.none,
      OP.setItem,
      OP.build,
    ],
    [
      TypeError,
      "set no attributes but the _metadata of an OrderedDict: found a dict for an OrderedDict",
    ],
  ],
  [[
    ORDERED,
    OP.emptyDict,
    OP.mark,
    OP.text("_metadata"),
    OP.none,
    OP.text("__dict__"),
    OP.none,
    OP.setItems,
    OP.build,
  ], [
    TypeError,
    "set no attributes but the _metadata of an OrderedDict: found a dict for an OrderedDict",
  ]],
  [[ORDERED, OP.none, OP.build], [
    TypeError,
    "set no attributes but the _metadata of an OrderedDict: found None for an OrderedDict",
  ]],
  [[FLOATS, OP.text("x"), OP.none, OP.setItem], [
    TypeError,
    'set items of dicts: found "torch.FloatStorage"',
  ]],
  [[OP.emptyDict, OP.none, OP.none, OP.setItem], [
    TypeError,
    "set texts to values: found None and None",
  ]],
  [[OP.emptyDict, OP.mark, OP.text("x"), OP.setItems], [
    TypeError,
    'set texts to values: found "x" and nothing',
  ]],
  [[
    OP.emptyDict,
    OP.mark,
    OP.text("x"),
    OP.none,
    OP.text("x"),
    OP.none,
    OP.setItems,
  ], [
    SyntaxError,
    'set a key once: found "x" again',
  ]],
];

const storage = (...parts: readonly (readonly number[])[]): PickleCase[0] => [
  tuple(...parts),
  OP.persistent,
];
const references = (text: string): readonly [typeof TypeError, string] => [
  TypeError,
  `refer only to ("storage", class, digits, device, size): found ${text}`,
];
const [TAG, KEY, CPU, SIZE] = [
  OP.text("storage"),
  OP.text("0"),
  OP.text("cpu"),
  OP.int(4),
];
const STORAGES: readonly PickleCase[] = [
  [[OP.text("0"), OP.persistent], references('("0")')],
  [storage(), references("()")],
  [
    storage(OP.text("module"), FLOATS, KEY, CPU),
    references('("module", "torch.FloatStorage", "0", "cpu")'),
  ],
  [
    storage(TAG, REBUILD, KEY, CPU, SIZE),
    references('("storage", "torch._utils._rebuild_tensor_v2", "0", "cpu", 4)'),
  ],
  [
    storage(TAG, FLOATS, OP.text("../../etc/passwd"), CPU, SIZE),
    references(
      '("storage", "torch.FloatStorage", "../../etc/passwd", "cpu", 4)',
    ),
  ],
  [
    storage(TAG, FLOATS, OP.text("0/../../version"), CPU, SIZE),
    references(
      '("storage", "torch.FloatStorage", "0/../../version", "cpu", 4)',
    ),
  ],
  [
    storage(TAG, FLOATS, KEY, CPU, [0x8a, 1, 0xff]),
    references('("storage", "torch.FloatStorage", "0", "cpu", -1)'),
  ],
  [
    storage(TAG, FLOATS, KEY, CPU, SIZE, OP.none),
    references('("storage", "torch.FloatStorage", "0", "cpu", 4, None)'),
  ],
];

Deno.test("parsePickle() refuses by name whatever could run code", () => {
  assertRefused(MALICIOUS);
});

Deno.test("parsePickle() refuses references to anything but storages named by digits", () => {
  assertRefused(STORAGES);
});
