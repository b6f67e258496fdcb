import { createText } from '@kit/text/text';
import hours from '@locales/staff-hours.json';
import refusals from '@locales/staff-refusals.json';

/** The words of this page alone: it is fetched when an administrator opens it. */
export const { t, tCode } = createText({ hours, refusals });

/** What every page of administrators says of itself. */
export const pageWords = hours;
