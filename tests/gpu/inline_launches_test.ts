import { assert, assertEquals } from "@std/assert";

/** What `_open_inline.ts` writes. */
interface Opened {
  readonly isSoftware: boolean;
  readonly isInline: readonly boolean[];
  readonly left: string | null;
  readonly numThreads: number | null;
}

/** Opens devices in a process of their own, as a thread's first adapter decides. */
async function open(
  isInline: boolean,
  options: { readonly threads?: string; readonly permissions?: string[] } = {},
): Promise<Opened> {
  const { LP_NUM_THREADS: _, ...env } = Deno.env.toObject();
  const { threads, permissions = ["--allow-all"] } = options;
  const path = new URL("_open_inline.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-check"],
      ...permissions,
      path,
      String(isInline),
    ],
    clearEnv: true,
    env: threads === undefined ? env : { ...env, LP_NUM_THREADS: threads },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text !== "", new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

/** What is expected where the adapter is Mesa's, and what elsewhere. */
function assertOpened(
  opened: Opened,
  expected: { readonly isInline: boolean; readonly left: string | null },
): void {
  const isInline = opened.isSoftware && expected.isInline;
  assertEquals(opened.isInline, [isInline, isInline]);
  assertEquals(opened.left, expected.left);
  if (opened.isSoftware && opened.numThreads !== null) {
    assertEquals(opened.numThreads === 0, isInline);
  }
}

Deno.test("Gpu.open() wakes no threads of a software adapter where launches are small, as a thread's first one decides", async () => {
  assertOpened(await open(true), { isInline: true, left: null });
  assertOpened(await open(false), { isInline: false, left: null });
});

Deno.test("Gpu.open() leaves a software adapter the threads that the user has set", async () => {
  assertOpened(await open(true, { threads: "2" }), {
    isInline: false,
    left: "2",
  });
  assertOpened(await open(false, { threads: "0" }), {
    isInline: true,
    left: "0",
  });
});

Deno.test("Gpu.open() asks for no permission to set a software adapter's threads", async () => {
  assertOpened(await open(true, { permissions: [] }), {
    isInline: false,
    left: null,
  });
});
