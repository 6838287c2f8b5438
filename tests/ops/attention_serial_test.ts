import { testAttention } from "./_attention_tests.ts";
import { openHarness } from "./_harness.ts";

testAttention(await openHarness(), "attention_serial");
