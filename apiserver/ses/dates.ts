/** `yyyy-MM-dd HH:mm:ss` of the zone; nothing for what is no time. */
export function dateIn(timeZone: string): (time: string | undefined) => string {
  // Of all languages the one whose dates are written so.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (time = '') => (Number.isNaN(Date.parse(time)) ? '' : format.format(new Date(time)));
}
