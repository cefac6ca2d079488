// What a scan found at single tokens, fetched by the part and kept.

/** part: tokens a request brings. Returns rowOf(place), a promise of {row, words}. */
export function tokenRows({ endpoint, part }, first) {
  const parts = new Map();

  async function fetchPart(from) {
    const response = await fetch(`${endpoint}?from=${from + first}&to=${from + part + first}`, {
      headers: { Accept: "application/json" },
    });
    if (!response.ok) throw new Error(`The positions could not be loaded (${response.status}). Reload the page.`);
    return response.json();
  }

  return async (place) => {
    const from = place - (place % part);
    if (!parts.has(from)) {
      const answer = fetchPart(from);
      parts.set(from, answer);
      answer.catch(() => parts.delete(from)); // so that it is tried again
    }
    const { rows, words } = await parts.get(from);
    return { row: rows[place - from], words };
  };
}
