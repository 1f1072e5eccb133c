// Follows a run that goes on. Without it the page loads itself again from time to time.
"use strict";
const place = document.querySelector("[data-live]");
if (place && window.EventSource) {
  const events = new EventSource(place.dataset.live);
  events.addEventListener("progress", (event) => {
    place.textContent = event.data;
    const bar = document.querySelector("progress");
    const ended = Number.parseInt(event.data, 10);
    if (bar && Number.isFinite(ended)) bar.value = ended;
  });
  events.addEventListener("ended", () => {
    events.close();
    location.reload();
  });
}
