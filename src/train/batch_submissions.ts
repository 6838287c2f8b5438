/** Command buffers of one submission: few enough that the device starts early. */
const MAX_BATCHED = 48;
/** Devices that do so already. */
const batching = new WeakSet<GPUDevice>();

/**
 * Makes a device submit the command buffers of many calls at once.
 *
 * The library submits each kernel alone, which costs more than to encode it. What must see the work
 * done before it (writing to a buffer, destroying one, a copy that is to be mapped) submits first
 * what is held back; the order of all work stays.
 *
 * @param device The library's device, whose methods are replaced; once is enough.
 */
export function batchSubmissions(device: GPUDevice): void {
  if (batching.has(device)) return;
  batching.add(device);
  const { queue } = device;
  const submit = queue.submit.bind(queue);
  const writeBuffer = queue.writeBuffer.bind(queue);
  const createBuffer = device.createBuffer.bind(device);
  let held: GPUCommandBuffer[] = [];
  let isReading = false;
  const flush = (): void => {
    if (held.length === 0) return;
    submit(held);
    held = [];
  };
  queue.submit = (buffers): undefined => {
    held.push(...buffers);
    if (!isReading && held.length < MAX_BATCHED) return;
    isReading = false;
    flush();
  };
  queue.writeBuffer = (...args): undefined => {
    flush();
    writeBuffer(...args);
  };
  device.createBuffer = (descriptor): GPUBuffer => {
    const buffer = createBuffer(descriptor);
    // The next submission is the copy into it.
    if ((descriptor.usage & GPUBufferUsage.MAP_READ) !== 0) isReading = true;
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = (): undefined => {
      flush();
      destroy();
    };
    return buffer;
  };
}
