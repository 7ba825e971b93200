// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/page/assets.hpp"

#include "report/page/page_style.hpp"
#include "report/page/script.hpp"
#include "report/style.hpp"
#include "util/hash.hpp"

namespace klab::page {
namespace {

constexpr std::string_view icon =
    R"SVG(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#14181d"/><g fill="#9aa5b1"><circle cx="7" cy="11" r="3"/><circle cx="13" cy="11" r="3"/><circle cx="18" cy="11" r="3"/></g><g fill="#6cb6ff"><circle cx="15" cy="21" r="3"/><circle cx="21" cy="21" r="3"/><circle cx="26" cy="21" r="3"/></g></svg>
)SVG";

}  // namespace

std::optional<Asset> asset(std::string_view name) {
  if (name == "klab.css") return Asset{"text/css; charset=utf-8", std::string(report::style) + std::string(page_style)};
  if (name == "klab.js") return Asset{"text/javascript; charset=utf-8", std::string(script)};
  if (name == "klab.svg") return Asset{"image/svg+xml", std::string(icon)};
  return std::nullopt;
}

std::string assets_version() {
  FieldHash hash;
  for (const char* name : {"klab.css", "klab.js", "klab.svg"}) hash.add(name, asset(name)->body);
  return hash.hex().substr(0, 12);
}

}  // namespace klab::page
