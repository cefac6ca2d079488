// The API's documentation: a filter over its operations, and links that open what they lead to.
const filter = document.getElementById("filter");
const nothing = document.getElementById("nothing");
const schemas = document.getElementById("all-schemas");

function apply() {
  const wanted = filter.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const section of document.querySelectorAll(".api-section")) {
    let inside = 0;
    for (const operation of section.querySelectorAll("[data-operation]")) {
      const text = operation.dataset.operation.toLowerCase();
      operation.hidden = !wanted.every((word) => text.includes(word));
      inside += operation.hidden ? 0 : 1;
    }
    section.hidden = inside === 0;
    shown += inside;
  }
  schemas.hidden = wanted.length > 0;
  nothing.hidden = shown > 0;
}

function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const closed = target?.closest("details");
  if (!closed) return;
  if (closed.hidden || closed.closest("[hidden]")) {
    filter.value = "";
    apply();
  }
  closed.open = true;
  closed.scrollIntoView();
  closed.querySelector("summary").focus({ preventScroll: true });
}

filter.addEventListener("input", apply);
addEventListener("hashchange", reveal);
apply(); // a browser that goes back keeps what was typed
reveal();
