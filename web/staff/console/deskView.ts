/** What fills the console below its bar. */
export type DeskView = 'desk' | 'records' | 'rules' | 'hours';
