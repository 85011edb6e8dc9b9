import {effect, signal} from '@preact/signals';

const KEY = 'spillway.theme';
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const theme = signal<Theme>((localStorage.getItem(KEY) as Theme | null) ?? 'auto');

/** Changes whenever the colours in force do. */
export const colours = signal(0);

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem(KEY, theme.value);
  colours.value = colours.peek() + 1;
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => (colours.value = colours.peek() + 1));

const probe = document.createElement('i');

/** What a colour of the stylesheet, such as "--ink", is now: a canvas cannot read variables. */
export function resolveColour(name: string) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}
