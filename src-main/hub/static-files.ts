import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { Answer } from './ways.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

const NOT_BUILT = 'The interface is not built. Build it with: npm run build\n';

interface StaticFile {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
  etag: string;
  cache: string;
}

/**
 * The built interface. Every file is read once, at start; a request selects one by its exact path, so that no request
 * can open a file, whatever its path. Links are not followed.
 */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;

  constructor(directory: string) {
    this.#files = filesIn(directory);
  }

  get isBuilt(): boolean {
    return this.#files.has('/index.html');
  }

  /** The answer to a request for one of the files; undefined for anything else. */
  answer(request: Request): Response | undefined {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const { pathname } = new URL(request.url);
    if (pathname !== '/') return this.#file(pathname, request);
    if (!wantsHtml(request)) return undefined;
    const options = {
      status: 503,
      headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
    };
    return this.#file('/index.html', request) ?? new Response(NOT_BUILT, options);
  }

  /** Puts the interface before the API: files if the path is one of theirs, otherwise the API. */
  before(api: Answer): Answer {
    return (request, env) => this.answer(request) ?? api(request, env);
  }

  #file(path: string, request: Request): Response | undefined {
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    const headers = { 'Content-Type': file.type, 'Cache-Control': file.cache, ETag: file.etag };
    if (request.headers.get('if-none-match') === file.etag)
      return new Response(null, { status: 304, headers });
    const isHead = request.method === 'HEAD';
    return new Response(isHead ? null : file.bytes, {
      headers: { ...headers, ...(isHead ? { 'Content-Length': String(file.bytes.byteLength) } : {}) },
    });
  }
}

/** Whether a user's browser asks: browsers accept HTML by name, programs accept anything. */
function wantsHtml(request: Request): boolean {
  return /(?:^|[,\s])text\/html(?:[;,\s]|$)/i.test(request.headers.get('accept') ?? '');
}

function filesIn(directory: string): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const entry of entriesIn(directory)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    const name = `/${relative(directory, path).split(sep).join('/')}`;
    files.set(encodeURI(name), {
      bytes,
      type: TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream',
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      // The build puts a hash into the names of its assets; everything else may change under the same name.
      cache: name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
  }
  return files;
}

function entriesIn(directory: string) {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true });
  } catch {
    // Not built: there is no directory, and `GET /` says so.
    return [];
  }
}
