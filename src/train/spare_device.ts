/** Command buffers of one submission: few enough that the device starts early. */
const MAX_HELD = 48;
/** Devices that are spared already. */
const spared = new WeakSet<GPUDevice>();

/**
 * Spares a device the calls that cost the library most: submitting and allocating.
 *
 * The library submits each kernel alone, which costs more than to encode it. Here, submissions are
 * held back until there are many, or until a call must see their work done: writing to a buffer, or
 * the copy into one that is to be mapped. The order of all work stays.
 *
 * It also destroys the buffers of a step beyond some of each size, and allocates them anew in the
 * next. Here, they are kept for the next of the same size and usage. What they hold is not cleared,
 * which the library does not rely on, as it keeps buffers itself.
 *
 * @param device The library's device, whose methods are replaced; once is enough.
 */
export function spareDevice(device: GPUDevice): void {
  if (spared.has(device)) return;
  spared.add(device);
  const { queue } = device;
  const submit = queue.submit.bind(queue);
  const writeBuffer = queue.writeBuffer.bind(queue);
  const createBuffer = device.createBuffer.bind(device);
  const kept = new Map<string, GPUBuffer[]>();
  let held: GPUCommandBuffer[] = [];
  let isReading = false;
  const flush = (): void => {
    if (held.length === 0) return;
    submit(held);
    held = [];
  };
  queue.submit = (buffers): undefined => {
    held.push(...buffers);
    if (!isReading && held.length < MAX_HELD) return;
    isReading = false;
    flush();
  };
  queue.writeBuffer = (...args): undefined => {
    flush();
    writeBuffer(...args);
  };
  device.createBuffer = (descriptor): GPUBuffer => {
    const { size, usage, mappedAtCreation = false } = descriptor;
    if ((usage & GPUBufferUsage.MAP_READ) !== 0) {
      // The next submission is the copy into it.
      isReading = true;
      return createBuffer(descriptor);
    }
    if (mappedAtCreation) return createBuffer(descriptor);
    const key = `${size} ${usage}`;
    const same = kept.get(key) ?? [];
    kept.set(key, same);
    const old = same.pop();
    if (old !== undefined) return old;
    const buffer = createBuffer(descriptor);
    buffer.destroy = (): undefined => void same.push(buffer);
    return buffer;
  };
}
