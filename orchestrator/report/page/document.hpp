// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/comparison.hpp"
#include "report/page/trend_plot.hpp"

namespace klab::page {

// A page as data: what is said, and where each word and number leads. How it looks is the renderer's business, the
// same for all pages. Texts are as they come from mails, kernels and guests: the renderer makes them printable
// and escapes them. Addresses are the pages' own, from "/" on, made by address() and of numbers, never taken from outside.

struct Cell {
  std::string text;
  std::string href = {};   // where it came from; empty: nowhere
  std::string small = {};  // a second, quieter line
  std::string tone = {};   // a class of report/page/marks.hpp
  std::string hint = {};
  bool chip = false;
  bool code = false;                                 // a commit, a command
  std::optional<std::pair<int, int>> progress = {};  // so many of so many
  std::string live = {};                             // what the script keeps up to date, as "12.step"
};

struct Column {
  std::string head;
  bool number = false;
  std::string small = {};
  bool whole = false;  // its texts are short and stay on one line: times, numbers
};

struct Table {
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // the first cell names the row
  std::string nothing = {};             // said in place of a table without rows
  bool filtered = false;                // the script offers a filter
};

struct Fact {
  std::string term;
  std::vector<Cell> said;
};
struct Facts {
  std::vector<Fact> facts;
};

struct Note {
  std::vector<Cell> parts;  // one after the other, in one paragraph
  std::string tone = {};    // set: a paragraph that stands out
  bool quiet = false;
};

struct Chips {
  std::vector<Cell> chips;
};

struct Lines {
  std::vector<Cell> lines;  // a list
};

struct Pre {
  std::string caption;
  std::string text;
};

// The order of boots as it ran: a lane for each arm, a place for each slot.
struct OrderMark {
  std::string glyph;
  std::string tone;
  std::string href;
  std::string word;  // for those who do not see the glyph, and on hover
};
struct OrderLane {
  std::string label;
  std::vector<std::optional<OrderMark>> slots;
};
struct Order {
  std::string caption;
  int slots = 0;
  std::vector<OrderLane> lanes;
};

// Cells of a matrix by nights, newest night first.
struct GridNight {
  std::string day;    // "21"
  std::string month;  // "Nov"; empty where it is that of the night before
  std::string href;
  std::string hint;
};
struct GridRow {
  std::string label;
  std::string href;
  std::vector<OrderMark> nights;
};
struct Grid {
  std::string caption;
  std::vector<GridNight> nights;
  std::vector<GridRow> rows;
};

// A number or two that stand for the page, large.
struct Figure {
  std::string number;
  std::string label;
  std::string href = {};
  std::string tone = {};
};
struct Figures {
  std::vector<Figure> figures;
};

struct Multiple {
  std::string title;
  std::string href;
  std::string about;
  std::string latest;
  std::string tone = {};
  TrendPlot plot;
};
struct Multiples {
  std::vector<Multiple> items;
};
struct TrendChart {
  TrendPlot plot;
  std::string describe;
};

// Two fields of one form that is answered with a page.
struct Form {
  std::string action;
  std::vector<std::pair<std::string, std::pair<std::string, std::string>>> fields;  // name, (label, value)
  std::string button;
};

// The comparisons of a report, as the file of `klab report --format html` has them, dots leading to their boots.
struct Contrasts {
  std::shared_ptr<const Report> report;
};

using Block = std::variant<Table, Facts, Note, Chips, Lines, Pre, Order, Grid, Figures, Multiples, TrendChart, Form, Contrasts>;

struct Section {
  std::string heading;  // empty: no heading of its own
  std::string id = {};
  std::vector<Block> blocks = {};
};

struct Document {
  std::string title;
  std::string place = {};        // which entry of the navigation it stands under: "/", "/hosts", ...
  std::vector<Cell> trail = {};  // above the title: where this page hangs
  std::vector<Cell> chips = {};
  std::string lead = {};
  std::vector<Section> sections = {};
  std::string live = {};   // address that the script asks for news
  std::string query = {};  // in the search field
};

// How it is to be shown.
struct Setting {
  std::string version;    // klab's
  std::string generated;  // when, in words
  bool is_copy = false;   // one that no klabd stands behind: no script, no forms
};

// The page, whole. Pure.
std::string render(const Document& document, const Setting& setting);

// One segment of an address.
std::string segment(std::string_view text);
// "/cells/3/trend?case=...": names and values encoded.
std::string address(std::string_view path, const std::vector<std::pair<std::string, std::string>>& query);

}  // namespace klab::page
