import { createText } from '@kit/text/text';
import appointment from '@locales/appointment.json';

/** Sentences that are loaded with what says them. */
export const { t: tAppointment } = createText({ appointment });
