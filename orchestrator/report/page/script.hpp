// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace klab::page {

// Keeps what changes up to date, and filters long tables. Every page says all it has to say without it.
inline constexpr std::string_view script = R"JS(// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
(() => {
  // "12.step" -> the text of what the server said of experiment 12.
  const main = document.querySelector('[data-live-from]');
  if (main) {
    let wait = 2000;
    const show = (element, value) => {
      if (element.tagName === 'PROGRESS') {
        element.max = Math.max(value[1], 1);
        element.value = value[0];
      } else if (element.textContent !== value) {
        element.textContent = value;
      }
    };
    // As the page was made: what has happened since then counts too.
    const before = main.dataset.liveState;
    const look = async () => {
      try {
        if (!document.hidden) {
          const answer = await fetch(main.dataset.liveFrom, { cache: 'no-store' });
          if (!answer.ok) throw new Error(answer.status);
          const news = await answer.json();
          // Something began or ended: the page is another one now.
          if (news.state !== before) return location.reload();
          for (const element of document.querySelectorAll('[data-live]'))
            if (element.dataset.live in news.texts) show(element, news.texts[element.dataset.live]);
          wait = 2000;
        }
      } catch (error) {
        wait = Math.min(wait * 2, 60000);
      }
      setTimeout(look, wait);
    };
    setTimeout(look, 500);
  }

  for (const table of document.querySelectorAll('table.filtered')) {
    const box = document.createElement('p');
    const label = document.createElement('label');
    const field = document.createElement('input');
    const count = document.createElement('span');
    const rows = [...table.tBodies[0].rows];
    box.className = 'filter';
    label.textContent = 'Filter ';
    field.type = 'search';
    field.autocomplete = 'off';
    count.setAttribute('role', 'status');
    label.append(field);
    box.append(label, ' ', count);
    table.parentElement.before(box);
    field.addEventListener('input', () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every(word => text.includes(word));
        if (!row.hidden) ++shown;
      }
      count.textContent = words.length ? shown + ' of ' + rows.length : '';
    });
  }
})();
)JS";

}  // namespace klab::page
