import { assert, assertEquals } from "@std/assert";
import { spareDevice } from "../../src/train/spare_device.ts";

/** A device that notes what reaches it. */
function fakeDevice(): { readonly device: GPUDevice; readonly log: string[] } {
  const log: string[] = [];
  const device = {
    queue: {
      submit: (buffers: readonly string[]) => log.push(buffers.join("")),
      writeBuffer: () => log.push("write"),
    },
    createBuffer: ({ size }: GPUBufferDescriptor) => {
      log.push(`create ${size}`);
      return { destroy: () => log.push("destroy") };
    },
  };
  return { device: device as unknown as GPUDevice, log };
}

function commands(name: string): GPUCommandBuffer[] {
  return [name as unknown as GPUCommandBuffer];
}

Deno.test("spareDevice() holds work back until there is enough", () => {
  const { device, log } = fakeDevice();
  spareDevice(device);
  for (let i = 0; i < 47; i++) device.queue.submit(commands("a"));
  assertEquals(log, []);
  device.queue.submit(commands("b"));
  assertEquals(log, ["a".repeat(47) + "b"]);
});

Deno.test("spareDevice() keeps the order of work, writes, and copies to read", () => {
  const { device, log } = fakeDevice();
  // Twice is as good as once.
  for (let i = 0; i < 2; i++) spareDevice(device);
  const { queue } = device;
  const buffer = device.createBuffer({
    size: 4,
    usage: GPUBufferUsage.STORAGE,
  });
  queue.submit(commands("a"));
  queue.writeBuffer(buffer, 0, new Uint8Array(4));
  queue.submit(commands("b"));
  queue.submit(commands("c"));
  device.createBuffer({ size: 8, usage: GPUBufferUsage.MAP_READ });
  queue.submit(commands("d"));
  queue.submit(commands("e"));
  assertEquals(log, ["create 4", "a", "write", "create 8", "bcd"]);
});

Deno.test("spareDevice() keeps destroyed buffers for the next of the same size and usage", () => {
  const { device, log } = fakeDevice();
  spareDevice(device);
  const { STORAGE, UNIFORM, MAP_READ } = GPUBufferUsage;
  const first = device.createBuffer({ size: 4, usage: STORAGE });
  const second = device.createBuffer({ size: 4, usage: STORAGE });
  assert(first !== second);
  first.destroy();
  const sizes = [[8, STORAGE], [4, UNIFORM], [4, STORAGE]] as const;
  const buffers = sizes.map(([size, usage]) =>
    device.createBuffer({ size, usage })
  );
  assertEquals(buffers.map((buffer) => buffer === first), [false, false, true]);
  device.createBuffer({ size: 4, usage: MAP_READ }).destroy();
  assertEquals(log.filter((line) => line === "destroy"), ["destroy"]);
});
