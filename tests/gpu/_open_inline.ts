// Opens two devices, the second with the opposite wish of the first's, and writes what came of it.

import { Gpu } from "../../src/gpu/gpu.ts";

const isInline = Deno.args[0] === "true";
using first = await Gpu.open({ isInline });
using second = await Gpu.open({ isInline: !isInline });
const isPermitted =
  (await Deno.permissions.query({ name: "env" })).state === "granted";
console.log(JSON.stringify({
  isSoftware: first.adapter.isSoftware,
  isInline: [first.adapter.isInline, second.adapter.isInline],
  left: isPermitted ? Deno.env.get("LP_NUM_THREADS") ?? null : null,
  numThreads: isPermitted && Deno.build.os === "linux" ? countThreads() : null,
}));

function countThreads(): number {
  return [...Deno.readDirSync("/proc/self/task")]
    .map(({ name }) => Deno.readTextFileSync(`/proc/self/task/${name}/comm`))
    .filter((name) => name.startsWith("llvmpipe-")).length;
}
