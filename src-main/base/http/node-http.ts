/**
 * Node's `http`, `https` and `tls`, loaded when somebody asks for them: `tls` alone takes 3 MB in each process that has it. An import
 * would load them at the start, however the build writes it.
 */
export const nodeHttp = () => process.getBuiltinModule('node:http');
export const nodeHttps = () => process.getBuiltinModule('node:https');
export const nodeTls = () => process.getBuiltinModule('node:tls');
