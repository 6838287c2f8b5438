const LEAP_YEAR =
  "(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
const DATE = "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|" +
  "(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))|" +
  `${LEAP_YEAR}-02-29)`;
const HOUR_MINUTE = "([01]\\d|2[0-3]):[0-5]\\d";
const TIME = `(${HOUR_MINUTE}:[0-5]\\d(\\.\\d+)?(Z|[+-]${HOUR_MINUTE}))`;
const BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const HOST = `(${LABEL}(\\.${LABEL})*)`;
const PATH_PART = "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
const REST = `(\\?(${PATH_PART}|[/?])*)?(#(${PATH_PART}|[/?])*)?`;
const URI = "([A-Za-z][A-Za-z0-9+.-]*:" +
  `(//${HOST}(:\\d{1,5})?|${PATH_PART}+)(/${PATH_PART}*)*${REST})`;

/**
 * Regular expressions of formats that JSON Schema names, where XGrammar has none that is right: it knows no months, and
 * writes quotes and backslashes as they are. Leap seconds, quoted mailboxes, and URIs with users, are left out.
 */
export const FORMAT_PATTERNS: ReadonlyMap<unknown, string> = new Map([
  ["date", DATE],
  ["time", TIME],
  ["date-time", `(${DATE}T${TIME})`],
  ["ipv4", `((${BYTE}\\.){3}${BYTE})`],
  ["hostname", HOST],
  ["email", `(${ATOM}(\\.${ATOM})*@(${LABEL}\\.)+${LABEL})`],
  ["uri", URI],
]);
