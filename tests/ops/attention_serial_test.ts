import { testAttention } from "./_attention_tests.ts";
import { testCacheFormats } from "./_attention_formats.ts";
import { openHarness } from "./_harness.ts";

const harness = await openHarness();

testAttention(harness, "attention_serial");
testCacheFormats(harness, "attention_serial");
