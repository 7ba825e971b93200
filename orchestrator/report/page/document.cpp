// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/page/document.hpp"

#include <fmt/format.h>

#include "report/html_data.hpp"
#include "report/html_template.hpp"
#include "report/inert.hpp"
#include "report/mustache_data.hpp"
#include "report/page/area_data.hpp"
#include "report/page/assets.hpp"
#include "report/page/document_template.hpp"
#include "util/text.hpp"

namespace klab::page {
namespace {

using report::data;
using report::flag;
using report::text_or_nothing;

data words(const std::string& text) { return data{printable(text)}; }
data words_or_nothing(const std::string& text) { return text_or_nothing(printable(text)); }
data none() { return flag(false); }

// Whatever a template asks for of a cell.
data cell_data(const Cell& cell) {
  data out;
  out.set("text", words(cell.text));
  out.set("href", text_or_nothing(cell.href));
  out.set("small", words_or_nothing(cell.small));
  out.set("tone", cell.tone);
  out.set("hint", words_or_nothing(cell.hint));
  out.set("chip", flag(cell.chip));
  out.set("code", flag(cell.code));
  out.set("live_key", text_or_nothing(cell.live));
  out.set("small_key", text_or_nothing(cell.live.empty() ? std::string() : cell.live + ".detail"));
  out.set("bar_key", text_or_nothing(cell.live.empty() ? std::string() : cell.live + ".bar"));
  data progress = none();
  if (cell.progress) {
    progress = data{};
    progress.set("done", fmt::format("{}", cell.progress->first));
    progress.set("planned", fmt::format("{}", std::max(cell.progress->second, 1)));
  }
  out.set("progress", std::move(progress));
  return out;
}

data cells(const std::vector<Cell>& given) {
  data list{data::type::list};
  for (const auto& cell : given) list << cell_data(cell);
  return list;
}

data entries(data list) { return data{"entries", std::move(list)}; }

data table_data(const Table& table) {
  data columns{data::type::list}, rows{data::type::list};
  for (const auto& column : table.columns) {
    data out;
    out.set("head", words(column.head));
    out.set("number", flag(column.number));
    out.set("column_small", words_or_nothing(column.small));
    columns << std::move(out);
  }
  for (const auto& row : table.rows) {
    data list{data::type::list};
    for (std::size_t i = 0; i < row.size(); ++i) {
      auto cell = cell_data(row[i]);
      const auto* column = i < table.columns.size() ? &table.columns[i] : nullptr;
      std::string classes = row[i].chip ? std::string() : row[i].tone;
      if (row[i].text.empty() && !row[i].progress) classes += " empty";
      if (row[i].text.size() + row[i].small.size() > 34) classes += " long";  // a line of its own on a phone
      cell.set("cell_tone", std::move(classes));
      cell.set("whole", flag(column && column->whole));
      cell.set("tag", i == 0 ? "th" : "td");
      cell.set("is_head", flag(i == 0));
      cell.set("number", flag(column && column->number));
      cell.set("head", words(column ? column->head : std::string()));
      list << std::move(cell);
    }
    rows << data{"cells", std::move(list)};
  }
  data out;
  out.set("caption", words(table.caption));
  out.set("has_rows", flag(!table.rows.empty()));
  out.set("nothing_said", words(table.nothing));
  out.set("filtered", flag(table.filtered && table.rows.size() > 8));
  out.set("columns", std::move(columns));
  out.set("rows", std::move(rows));
  return out;
}

data mark_data(const OrderMark& mark) {
  data out;
  out.set("glyph", mark.glyph);
  out.set("tone", mark.tone);
  out.set("href", mark.href);
  out.set("link", flag(!mark.href.empty()));
  out.set("word", words(mark.word));
  return out;
}

data order_data(const Order& order) {
  data places{data::type::list}, lanes{data::type::list};
  for (int i = 1; i <= order.slots; ++i) places << data{"place", fmt::format("{}", i)};
  for (const auto& lane : order.lanes) {
    data slots{data::type::list};
    for (const auto& mark : lane.slots) {
      data slot;
      slot.set("boot", mark ? mark_data(*mark) : none());
      slots << std::move(slot);
    }
    data out;
    out.set("label", words(lane.label));
    out.set("slots", std::move(slots));
    lanes << std::move(out);
  }
  data out;
  out.set("caption", words(order.caption));
  out.set("places", std::move(places));
  out.set("lanes", std::move(lanes));
  return out;
}

data grid_data(const Grid& grid) {
  data nights{data::type::list}, rows{data::type::list};
  for (const auto& night : grid.nights) {
    data out;
    out.set("day", words(night.day));
    out.set("month", words(night.month));
    out.set("href", night.href);
    out.set("hint", words(night.hint));
    nights << std::move(out);
  }
  for (const auto& row : grid.rows) {
    data marks{data::type::list};
    for (const auto& mark : row.nights) marks << mark_data(mark);
    data out;
    out.set("label", words(row.label));
    out.set("href", row.href);
    out.set("nights", std::move(marks));
    rows << std::move(out);
  }
  data out;
  out.set("caption", words(grid.caption));
  out.set("nights", std::move(nights));
  out.set("rows", std::move(rows));
  return out;
}

data multiples_data(const Multiples& multiples) {
  data list{data::type::list};
  for (const auto& item : multiples.items) {
    auto out = area_data(item.plot);
    out.set("name", words(item.title));
    out.set("href", item.href);
    out.set("about", words(item.about));
    out.set("latest", words(item.latest));
    out.set("tone", item.tone);
    list << std::move(out);
  }
  return entries(std::move(list));
}

data form_data(const Form& form) {
  data fields{data::type::list};
  for (const auto& [name, field] : form.fields) {
    data out;
    out.set("name", std::move(name));
    out.set("label", words(field.first));
    out.set("value", words(field.second));
    fields << std::move(out);
  }
  data out;
  out.set("action", form.action);
  out.set("fields", std::move(fields));
  out.set("button", words(form.button));
  return out;
}

// One key of each block is set, and all others say no.
struct BlockData {
  bool is_copy;
  data out{};

  explicit BlockData(bool copy) : is_copy(copy) {
    for (const char* key : {"table", "facts", "note", "chip_list", "line_list", "pre", "figures", "form", "order", "grid",
                            "chart", "multiples", "report", "report_footer"})
      out.set(key, none());
  }
  void operator()(const Table& block) { out.set("table", table_data(block)); }
  void operator()(const Facts& block) {
    data list{data::type::list};
    for (const auto& fact : block.facts) {
      data entry;
      entry.set("term", words(fact.term));
      entry.set("said", cells(fact.said));
      list << std::move(entry);
    }
    out.set("facts", entries(std::move(list)));
  }
  void operator()(const Note& block) {
    data note;
    note.set("note_class", block.tone.empty() ? std::string(block.quiet ? "quiet" : "plain") : "said " + block.tone);
    note.set("parts", cells(block.parts));
    out.set("note", std::move(note));
  }
  void operator()(const Chips& block) { out.set("chip_list", block.chips.empty() ? none() : entries(cells(block.chips))); }
  void operator()(const Lines& block) {
    data list{data::type::list};
    for (const auto& line : block.lines) {
      auto cell = cell_data(line);
      cell.set("tone", text_or_nothing(line.tone));
      list << std::move(cell);
    }
    out.set("line_list", block.lines.empty() ? none() : entries(std::move(list)));
  }
  void operator()(const Pre& block) {
    data pre;
    pre.set("caption", words(block.caption));
    pre.set("words", printable_lines(block.text));
    out.set("pre", std::move(pre));
  }
  void operator()(const Order& block) { out.set("order", order_data(block)); }
  void operator()(const Grid& block) { out.set("grid", grid_data(block)); }
  void operator()(const Figures& block) {
    data list{data::type::list};
    for (const auto& figure : block.figures) {
      data entry;
      entry.set("number", words(figure.number));
      entry.set("label", words(figure.label));
      entry.set("href", text_or_nothing(figure.href));
      entry.set("tone", figure.tone);
      list << std::move(entry);
    }
    out.set("figures", entries(std::move(list)));
  }
  void operator()(const Multiples& block) { out.set("multiples", multiples_data(block)); }
  void operator()(const TrendChart& block) {
    auto chart = area_data(block.plot);
    chart.set("describe", words(block.describe));
    out.set("chart", std::move(chart));
  }
  void operator()(const Form& block) { out.set("form", is_copy ? none() : form_data(block)); }
  void operator()(const Contrasts& block) {
    const Report given = report::inert(*block.report);
    data middle, footer;
    report::set_contrasts(middle, given, true);
    report::set_footer(footer, given);
    out.set("report", std::move(middle));
    out.set("report_footer", std::move(footer));
  }
};

data sections_data(const Document& document, bool is_copy) {
  data list{data::type::list};
  for (const auto& section : document.sections) {
    data blocks{data::type::list};
    for (const auto& block : section.blocks) {
      BlockData visit(is_copy);
      std::visit(visit, block);
      blocks << std::move(visit.out);
    }
    data out;
    out.set("id", text_or_nothing(section.id));
    out.set("heading", words_or_nothing(section.heading));
    out.set("blocks", std::move(blocks));
    list << std::move(out);
  }
  return list;
}

data navigation(const std::string& place) {
  data list{data::type::list};
  for (const auto& [to, name] : {std::pair{"/", "Now"},
                                 {"/experiments", "Experiments"},
                                 {"/matrices", "Nights"},
                                 {"/investigations", "Changes"},
                                 {"/hosts", "Hosts"},
                                 {"/workloads", "Workloads"},
                                 {"/compare", "Compare"}}) {
    data entry;
    entry.set("to", std::move(to));
    entry.set("name", std::move(name));
    entry.set("here", flag(place == to));
    list << std::move(entry);
  }
  return list;
}

data part(std::string_view text) {
  return data{kainjow::mustache::partial{[text] { return std::string(text); }}};
}

}  // namespace

std::string render(const Document& document, const Setting& setting) {
  data page;
  page.set("page_title", words(document.title));
  page.set("assets", assets_version());
  page.set("script", flag(!setting.is_copy));
  page.set("forms", flag(!setting.is_copy));
  page.set("is_copy", flag(setting.is_copy));
  page.set("refresh", flag(!document.live.empty() && !setting.is_copy));
  page.set("live", text_or_nothing(setting.is_copy ? std::string() : document.live));
  page.set("live_state", words(document.live_state));
  page.set("navigation", navigation(document.place));
  page.set("query", words(document.query));
  data trail{data::type::list};
  for (const auto& step : document.trail) {
    data entry;
    entry.set("trail_to", text_or_nothing(step.href));
    entry.set("name", words(step.text));
    trail << std::move(entry);
  }
  page.set("has_trail", flag(!document.trail.empty()));
  page.set("trail", std::move(trail));
  page.set("lead", words_or_nothing(document.lead));
  page.set("has_chips", flag(!document.chips.empty()));
  page.set("chips", cells(document.chips));
  page.set("sections", sections_data(document, setting.is_copy));
  page.set("klab_version", setting.version);
  page.set("generated", setting.generated);
  page.set("area", part(area_template));
  page.set("contrasts_part", part(report::contrasts_template));
  page.set("footer_part", part(report::footer_template));
  kainjow::mustache::mustache whole{std::string(page_above) + std::string(text_blocks) + std::string(picture_blocks) +
                                    std::string(page_below)};
  return whole.render(page);
}

std::string segment(std::string_view text) { return percent_encoded(text); }

std::string address(std::string_view path, const std::vector<std::pair<std::string, std::string>>& query) {
  std::string out(path);
  char separator = '?';
  for (const auto& [name, value] : query) {
    out += separator + percent_encoded(name) + "=" + percent_encoded(value);
    separator = '&';
  }
  return out;
}

}  // namespace klab::page
