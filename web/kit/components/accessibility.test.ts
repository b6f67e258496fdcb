import { mount } from '@vue/test-utils';
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { Example } from './example';

const files = import.meta.glob<{ examples: Example[] }>('./*/examples.ts', { eager: true });

describe.each(Object.entries(files))('%s', (_path, { examples }) => {
  it.each(examples.map((example) => [example.name, example] as const))('%s has no barrier', async (_name, example) => {
    const page = mount(example.component, {
      props: example.props,
      slots: example.slot ? { default: () => example.slot } : {},
      attachTo: document.body,
    });
    // Colours are computed in tokens.test.ts: this page has no style sheet.
    const { violations } = await axe.run(document.body, {
      rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
    });
    page.unmount();
    expect(
      violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`),
    ).toEqual([]);
  });
});
