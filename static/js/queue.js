// The queue is read anew every few seconds, but not from under somebody who is asked a question.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "queue" && document.querySelector("#queue dialog[open]")) event.preventDefault();
});
