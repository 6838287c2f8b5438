/** Version of the program, that of `deno.json`. */
export const VERSION = "0.1.0";
