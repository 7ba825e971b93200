// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/matrix_routes.hpp"

#include <algorithm>
#include <set>

#include "api/answers.hpp"
#include "api/label_views.hpp"
#include "api/matrix_views.hpp"
#include "api/reference_note.hpp"
#include "config/matrix_file.hpp"
#include "pipeline/night_plan.hpp"
#include "schedule/nightly_clock.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr int most_nights = 100;

// An empty body says nothing.
Result<json::object> body_of(const ApiRequest& request) {
  if (request.body.empty()) return json::object();
  boost::system::error_code bad;
  auto body = json::parse(request.body, bad);
  if (bad || !body.is_object()) return input_error("cannot read the request: its body is no JSON object");
  return body.get_object();
}

json::value note_of(const Matrix& matrix, const Config& config) {
  const auto note = matrix_note(matrix, config);
  return note.empty() ? json::value(nullptr) : json::value(note);
}

bool is_good(CellVerdict verdict) {
  return verdict != CellVerdict::failed && verdict != CellVerdict::regressed && verdict != CellVerdict::insufficient_data;
}

// By its label or number; the error lists what there is.
Result<Cell> find_cell(NightStore& nights, const std::string& matrix, const std::string& wanted) {
  auto cells = nights.cells(matrix);
  if (!cells) return cells.error();
  std::vector<std::string> labels;
  for (const auto& cell : *cells) {
    if (cell.label == wanted || fmt::format("{}", cell.id) == wanted) return cell;
    labels.push_back(fmt::format("\"{}\"", cell.label));
  }
  if (labels.empty()) return input_error("cannot find the cell \"{}\": matrix \"{}\" has had no night yet", printable(wanted), printable(matrix));
  if (labels.size() > 20) labels.resize(20), labels.push_back("...");
  return input_error("cannot find the cell \"{}\" of matrix \"{}\": there are {}", printable(wanted), matrix, join(labels, ", "));
}

}  // namespace

asio::awaitable<ApiResponse> MatrixRoutes::answer(ApiRequest request) {
  const auto path = request.path;
  const bool get = request.method == "GET";
  if (path[1] == "nights") co_return get && path.size() == 3 ? night(path[2]) : not_found();
  if (path.size() == 2) co_return get ? list() : not_found();
  if (path.size() == 3 && !get) co_return not_found();
  if (path.size() == 3) co_return co_await show(path[2]);
  if (path.size() > 4 || get || (path[3] != "run" && path[3] != "accept")) co_return not_found();
  if (!request.peer.may_write)
    co_return error_response(input_error("cannot change a matrix: this user may only read; daemon.access in klab.toml decides"), 403);
  if (path[3] == "run") co_return co_await run(path[2], std::move(request));
  co_return accept(path[2], request);
}

ApiResponse MatrixRoutes::list() {
  auto known = lab_.nights.matrices();
  if (!known) return error_response(known.error());
  std::set<std::string> names(known->begin(), known->end());
  for (const auto& name : matrix_names(lab_.config)) names.insert(name);
  json::array entries;
  for (const auto& name : names) {
    json::object entry{{"name", name}, {"description", ""}, {"error", nullptr}, {"cells", 0}, {"nightly", nullptr}, {"next", nullptr}, {"last", nullptr}};
    auto path = find_matrix(name, lab_.config);
    auto matrix = path ? load_matrix(*path, lab_.config) : Result<Matrix>(path.error());
    if (matrix) {
      entry["description"] = printable(matrix->description);
      entry["cells"] = matrix->cells.size();
      entry["nightly"] = nightly_view(*matrix);
      if (matrix->nightly) entry["next"] = next_start(*matrix->nightly, lab_.now());
    } else {
      entry["error"] = printable(matrix.error().message);
    }
    auto last = lab_.nights.nights(name, 1);
    if (!last) return error_response(last.error());
    if (!last->empty()) {
      auto line = night_line(lab_, last->front());
      if (!line) return error_response(line.error());
      entry["last"] = std::move(*line);
    }
    entries.push_back(std::move(entry));
  }
  return json_response({{"matrices", std::move(entries)}, {"directory", lab_.config.matrices_directory.string()}, {"now", lab_.now()}});
}

asio::awaitable<ApiResponse> MatrixRoutes::show(std::string name) {
  auto nights = lab_.nights.nights(name, most_nights);
  if (!nights) co_return error_response(nights.error());
  auto path = find_matrix(name, lab_.config);
  if (!path && nights->empty()) co_return lookup_error(path.error());
  json::object body{{"name", name}, {"error", nullptr}, {"cells", json::array()}, {"now", lab_.now()}};
  auto matrix = path ? load_matrix(*path, lab_.config) : Result<Matrix>(path.error());
  if (matrix) {
    auto cells = forecast(lab_.nights, lab_.config, *matrix);
    if (!cells) co_return error_response(cells.error());
    double seconds = 0.0;
    int unknown = 0;
    json::array entries;
    for (const auto& cell : *cells) {
      seconds += cell.seconds.value_or(0.0);
      if (!cell.seconds) ++unknown;
      entries.push_back(cell_view(cell));
    }
    body["cells"] = std::move(entries);
    body["description"] = printable(matrix->description);
    body["estimate"] = json::object{{"seconds", seconds}, {"unknown", unknown}};
    body["nightly"] = nightly_view(*matrix);
    body["next"] = nullptr;
    if (matrix->nightly) body["next"] = next_start(*matrix->nightly, lab_.now());
    body["reference"] = json::object{{"tree", matrix->reference.tree}, {"ref", matrix->reference.ref}};
    auto note = co_await reference_note(lab_, matrix->reference, *nights);
    if (!note) co_return error_response(note.error());
    body["notes"] = json::array();
    if (!note->empty()) body["notes"].as_array().emplace_back(printable(*note));
    body["boots"] = matrix->boots.value_or(lab_.config.defaults.boots);
    body["note"] = note_of(*matrix, lab_.config);
    body["delta"] = matrix->delta.value_or(lab_.config.defaults.delta);
    body["unchanged"] = matrix->unchanged == Unchanged::aa ? "aa" : "skip";
    body["definition"] = printable_lines(matrix->definition);
  } else {
    body["error"] = printable(matrix.error().message);
  }
  json::array lines;
  for (const auto& night : *nights) {
    auto line = night_line(lab_, night);
    if (!line) co_return error_response(line.error());
    lines.push_back(std::move(*line));
  }
  body["nights"] = std::move(lines);
  co_return json_response(body);
}

ApiResponse MatrixRoutes::night(const std::string& id) {
  const auto wanted = number(id);
  if (!wanted) return not_found();
  auto night = lab_.nights.night(*wanted);
  if (!night) return lookup_error(night.error());
  auto view = night_view(lab_.nights, *night);
  if (!view) return error_response(view.error());
  if (auto labelled = add_cell_labels(lab_, *view); !labelled) return error_response(labelled.error());
  (*view)["now"] = lab_.now();
  return json_response(*view);
}

asio::awaitable<ApiResponse> MatrixRoutes::run(std::string name, ApiRequest request) {
  auto body = body_of(request);
  if (!body) co_return error_response(body.error());
  std::optional<double> budget;
  if (const auto* seconds = body->if_contains("budget"); seconds && !seconds->is_null()) {
    budget = seconds->is_number() ? seconds->to_number<double>() : 0.0;
    if (!(*budget >= 1.0 && *budget <= 7 * 86400.0)) co_return error_response(input_error("cannot use the budget: give 1 to 604800 seconds"));
  }
  if (!nights_) co_return error_response(lab_error("cannot run matrix \"{}\": nothing here runs nights", printable(name)));
  auto id = co_await nights_->start(name, request.peer.name, budget);
  if (!id) co_return error_response(id.error());
  auto night = lab_.nights.night(*id);
  if (!night) co_return error_response(night.error());
  auto line = night_line(lab_, *night);
  if (!line) co_return error_response(line.error());
  (*line)["note"] = nullptr;
  const auto path = find_matrix(name, lab_.config);
  const auto matrix = path ? load_matrix(*path, lab_.config) : Result<Matrix>(path.error());
  if (matrix) (*line)["note"] = note_of(*matrix, lab_.config);
  co_return json_response(*line, 201);
}

ApiResponse MatrixRoutes::accept(const std::string& name, const ApiRequest& request) {
  auto body = body_of(request);
  if (!body) return error_response(body.error());
  const auto* wanted = body->if_contains("cell");
  if (!wanted || !wanted->is_string()) return error_response(input_error("cannot read the request: it has no \"cell\""));
  auto cell = find_cell(lab_.nights, name, std::string(wanted->get_string()));
  if (!cell) return lookup_error(cell.error());
  const auto* undo = body->if_contains("undo");
  json::object answer{{"cell", cell->id}, {"label", printable(cell->label)}, {"accepted", nullptr}};
  if (undo && undo->is_bool() && undo->get_bool()) {
    auto stored = lab_.nights.accept(cell->id, std::nullopt);
    return stored ? json_response(answer) : error_response(stored.error());
  }
  std::optional<std::int64_t> of_night;
  if (const auto* night = body->if_contains("night"); night && night->is_int64()) of_night = night->get_int64();
  auto history = lab_.nights.history(cell->id, 1000);
  if (!history) return error_response(history.error());
  const auto found = std::find_if(history->begin(), history->end(), [&](const NightCell& c) {
    return (!of_night || c.night == *of_night) && c.state == CellState::done && c.kind == CellKind::comparison;
  });
  if (found == history->end())
    return error_response(input_error("cannot accept \"{}\": {} was measured in no comparison", printable(cell->label),
                                      of_night ? fmt::format("in night {} it", *of_night) : std::string("it")));
  if (found->verdict == CellVerdict::failed)
    return error_response(input_error("cannot accept \"{}\" of night {}: its kernel failed, so nothing can be compared with it", printable(cell->label), found->night));
  // One that is good for no other reason than that it was accepted makes way.
  auto good = lab_.nights.last_good(cell->id, 0);
  while (good && *good && (*good)->id == cell->accepted && !is_good((*good)->verdict)) good = lab_.nights.last_good(cell->id, (*good)->night);
  if (!good) return error_response(good.error());
  if (*good && (*good)->night > found->night)
    return error_response(input_error("cannot accept \"{}\" of night {}: night {} is newer and good, so it is what later nights are compared "
                                      "with; klab trend tells what many nights add up to",
                                      printable(cell->label), found->night, (*good)->night));
  auto stored = lab_.nights.accept(cell->id, found->id);
  if (!stored) return error_response(stored.error());
  lab_.bell.ring();
  answer["accepted"] = night_cell_view(*found);
  return json_response(answer);
}

}  // namespace klab
