// A table wider than its place is scrolled sideways: by the keyboard too, so it takes the focus while it is.
const SCROLLERS = ".table-frame, .table-scroll";

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const wide = target.scrollWidth > target.clientWidth + 1 || target.scrollHeight > target.clientHeight + 1;
    if (wide) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

function watch(root) {
  for (const element of root.querySelectorAll(SCROLLERS)) sizes.observe(element);
}

watch(document);
document.addEventListener("htmx:afterSettle", ({ target }) => watch(target.parentElement ?? document));
