/**
 * Node's `http`, `https` and `tls`, loaded when they are asked for: encryption takes 3 MB in every process that has it. To import them instead reads each name that they export, and one of
 * those loads all that Node has for `fetch`: 6 MB in every process, for nothing.
 */
export const nodeHttp = () => process.getBuiltinModule('node:http');
export const nodeHttps = () => process.getBuiltinModule('node:https');
export const nodeTls = () => process.getBuiltinModule('node:tls');
