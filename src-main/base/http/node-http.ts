/**
 * Node's `http` and `https`, loaded when they are asked for. To import them instead reads each name that they export, and one of
 * those loads all that Node has for `fetch`: 6 MB in every process, for nothing.
 */
export const nodeHttp = () => process.getBuiltinModule('node:http');
export const nodeHttps = () => process.getBuiltinModule('node:https');
