import type { Component } from 'vue';

/** One way a component is used. The accessibility test walks them all. */
export type Example = {
  name: string;
  component: Component;
  props: Record<string, unknown>;
  slot?: string;
};
