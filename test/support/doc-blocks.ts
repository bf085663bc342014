import { readdirSync, readFileSync } from 'node:fs';

/** What README or a page of docs/ shows between two lines of three backticks. */
export interface DocBlock {
  readonly page: string;
  /** Of the block's first line. */
  readonly line: number;
  /** As it stands behind the backticks: `sh`, `ts`, `yaml`; empty for what programs print. */
  readonly language: string;
  readonly code: string;
}

export const placeOf = ({ page, line }: DocBlock): string => `${page}:${line}`;

/** README and all pages of docs/, but for the records of decisions. */
export const pages = (): string[] => [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function blocksOf(page: string): DocBlock[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^```(\w*)[^\n]*\n(.*?)^```$/gms)].map(({ 1: language, 2: code, index }) => ({
    page,
    line: text.slice(0, index).split('\n').length + 1,
    language: language!,
    code: code!,
  }));
}
