"""Writes a state dict the way torch.save does, with CPython's own pickle and zipfile.

torch.save pickles with protocol 2 and a persistent id for each storage; the modules made here
stand in for torch, with the names that end up in the file. What comes out was stored in
python_state_dict.ts:

    python3 python_state_dict.py | base64
"""

import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict

torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})
for kind in ["Float", "Half", "BFloat16", "Long", "Bool"]:
    name = kind + "Storage"
    setattr(torch, name, type(name, (), {"__module__": "torch"}))
for name in ["_rebuild_tensor_v2", "_rebuild_parameter"]:
    function = types.FunctionType((lambda *args: None).__code__, {}, name)
    function.__module__, function.__qualname__ = "torch._utils", name
    setattr(utils, name, function)


class Storage:
    def __init__(self, kind, content, numel):
        self.kind, self.content, self.numel = kind, content, numel


class Tensor:
    def __init__(self, storage, offset, size, stride):
        # New tuples, as torch makes them: the pickle recalls an object that it has met.
        self.args = (storage, offset, tuple(list(size)), tuple(list(stride)))

    def __reduce_ex__(self, protocol):
        return utils._rebuild_tensor_v2, (*self.args, False, OrderedDict())


class Parameter(Tensor):
    def __reduce_ex__(self, protocol):
        return utils._rebuild_parameter, (Tensor(*self.args), True, OrderedDict())


class Pickler(pickle.Pickler):
    keys = {}

    def persistent_id(self, obj):
        if isinstance(obj, Storage):
            key = self.keys.setdefault(obj, str(len(self.keys)))
            return ("storage", getattr(torch, obj.kind + "Storage"), key, "cpu", obj.numel)


shared = Storage("Float", struct.pack("<12f", *range(12)), 12)
state = OrderedDict()
state["a.weight"] = Tensor(shared, 0, (2, 3), (3, 1))
state["a.bias"] = Tensor(shared, 6, (6,), (1,))
state["half"] = Parameter(Storage("Half", struct.pack("<4e", 1, -2, 0.5, 65504), 4), 0, (2, 2), (2, 1))
state["brain"] = Tensor(Storage("BFloat16", struct.pack("<2H", 0x3F80, 0xC000), 2), 0, (2, 1), (1, 1))
state["d2t"] = Tensor(Storage("Long", struct.pack("<3q", 0, 300, -70000), 3), 0, (3,), (1,))
state["t2d"] = Tensor(Storage("Bool", bytes([1, 0, 1, 1]), 4), 0, (4,), (1,))
state["scalar"] = Tensor(shared, 11, (), ())
state["empty"] = Tensor(Storage("Float", b"", 0), 0, (0, 300), (300, 1))
state._metadata = OrderedDict({"": {"version": 1}, "a": {"version": 1}})

out = io.BytesIO()
pickler = Pickler(out, protocol=2)
pickler.dump(state)
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as zipped:
    zipped.writestr("pytorch_model/data.pkl", out.getvalue())
    zipped.writestr("pytorch_model/byteorder", "little")
    for storage, key in pickler.keys.items():
        zipped.writestr("pytorch_model/data/" + key, storage.content)
    zipped.writestr("pytorch_model/version", "3\n")
sys.stdout.buffer.write(archive.getvalue())
