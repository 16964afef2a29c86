/**
 * Node's `http`, `https` and `tls`, loaded on demand: `tls` alone takes 3 MB in every process that loads it. An import
 * would load them at start, however it is bundled.
 */
export const nodeHttp = () => process.getBuiltinModule('node:http');
export const nodeHttps = () => process.getBuiltinModule('node:https');
export const nodeTls = () => process.getBuiltinModule('node:tls');
