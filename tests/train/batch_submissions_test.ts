import { assertEquals } from "@std/assert";
import { batchSubmissions } from "../../src/train/batch_submissions.ts";

/** A device that notes what reaches it. */
function fakeDevice(): { readonly device: GPUDevice; readonly log: string[] } {
  const log: string[] = [];
  const device = {
    queue: {
      submit: (buffers: readonly string[]) => log.push(buffers.join("")),
      writeBuffer: () => log.push("write"),
    },
    createBuffer: () => ({ destroy: () => log.push("destroy") }),
  };
  return { device: device as unknown as GPUDevice, log };
}

function commands(name: string): GPUCommandBuffer[] {
  return [name as unknown as GPUCommandBuffer];
}

Deno.test("batchSubmissions() holds work back until enough is there", () => {
  const { device, log } = fakeDevice();
  batchSubmissions(device);
  for (let i = 0; i < 47; i++) device.queue.submit(commands("a"));
  assertEquals(log, []);
  device.queue.submit(commands("b"));
  assertEquals(log, ["a".repeat(47) + "b"]);
});

Deno.test("batchSubmissions() keeps the order of writes, destructions and copies to read", () => {
  const { device, log } = fakeDevice();
  batchSubmissions(device);
  batchSubmissions(device);
  const { queue } = device;
  const usage = GPUBufferUsage.STORAGE;
  const buffer = device.createBuffer({ size: 4, usage });
  queue.submit(commands("a"));
  queue.writeBuffer(buffer, 0, new Uint8Array(4));
  queue.submit(commands("b"));
  buffer.destroy();
  queue.submit(commands("c"));
  device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ });
  queue.submit(commands("d"));
  queue.submit(commands("e"));
  assertEquals(log, ["a", "write", "b", "destroy", "cd"]);
});
