import { parseAst, type Plugin } from 'vite';

type Node = { type: string; [part: string]: unknown };

/**
 * Before 91 Chrome takes a call in an optional chain wrongly when arguments follow a spread one, as in
 * `list?.push(...some, last)` (crbug.com/v8/11558). The lint sees what we write; this sees what is built, with libraries
 * and after the minifier, and lets no such build through.
 */
export function refuseForOldChrome(): Plugin {
  return {
    name: 'refuse-for-old-chrome',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (!file.fileName.endsWith('.js')) continue;
          const code = file.type === 'chunk' ? file.code : String(file.source);
          for (const call of callsOldChromeTakesWrongly(code))
            this.error(`Chrome 87 takes ${call} in ${file.fileName} wrongly`);
        }
      },
    },
  };
}

/** The text of each such call. */
export function callsOldChromeTakesWrongly(code: string): string[] {
  const found: string[] = [];
  visit(parseAst(code), (node) => {
    if (node.type !== 'ChainExpression') return;
    for (let link = node['expression']; isNode(link); link = link['callee'] ?? link['object']) {
      if (isSpreadInside(link['arguments'])) found.push(code.slice(Number(link['start']), Number(link['end'])));
    }
  });
  return found;
}

function isSpreadInside(given: unknown): boolean {
  return Array.isArray(given) && given.slice(0, -1).some((one) => isNode(one) && one.type === 'SpreadElement');
}

function visit(part: unknown, see: (node: Node) => void): void {
  if (Array.isArray(part)) for (const one of part) visit(one, see);
  if (!isNode(part)) return;
  see(part);
  for (const inner of Object.values(part)) visit(inner, see);
}

function isNode(part: unknown): part is Node {
  return typeof part === 'object' && part !== null && typeof (part as Node).type === 'string';
}
