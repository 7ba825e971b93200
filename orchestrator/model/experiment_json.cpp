// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/experiment_json.hpp"

#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "util/base64.hpp"
#include "util/text.hpp"

namespace klab {
namespace json = boost::json;
namespace {

// Reads one JSON object field by field and remembers which were asked for, so that what nobody
// asked for can be refused. The first error wins; later reads are then no-ops.
class ObjectReader {
 public:
  ObjectReader(const json::value& value, std::string path, std::optional<Error>& error)
      : path_(std::move(path)), error_(error) {
    if (value.is_object()) object_ = &value.get_object();
    else fail("", "must be an object");
  }

  void fail(std::string_view field, std::string_view why) {
    if (!error_) error_ = input_error("cannot read the request: {}{}: {}", path_, field, why);
  }
  const json::value* find(std::string_view field) {
    known_.emplace_back(field);
    if (!object_ || error_) return nullptr;
    const auto* value = object_->if_contains(field);
    return value && !value->is_null() ? value : nullptr;
  }
  void text(std::string_view field, std::string& to) {
    if (const auto* value = find(field)) {
      if (value->is_string()) to = std::string(value->get_string());
      else fail(field, "must be a string");
    }
  }
  void text(std::string_view field, std::optional<std::string>& to) {
    if (find(field)) text(field, to.emplace());
  }
  template <class Integer>
  void integer(std::string_view field, std::optional<Integer>& to) {
    if (const auto* value = find(field)) {
      boost::system::error_code ec;
      const auto number = value->to_number<Integer>(ec);
      if (ec) fail(field, "must be a whole number");
      else to = number;
    }
  }
  void flag(std::string_view field, bool& to) {
    if (const auto* value = find(field)) {
      if (value->is_bool()) to = value->get_bool();
      else fail(field, "must be true or false");
    }
  }
  void real(std::string_view field, std::optional<double>& to) {
    if (const auto* value = find(field)) {
      boost::system::error_code ec;
      const double number = value->to_number<double>(ec);
      if (ec || !std::isfinite(number)) fail(field, "must be a number");
      else to = number;
    }
  }
  void texts(std::string_view field, std::vector<std::string>& to) {
    each(field, [&](const json::value& value, const std::string& where) {
      if (value.is_string()) to.emplace_back(value.get_string());
      else if (!error_) error_ = input_error("cannot read the request: {}: must be a string", where);
    });
  }
  template <class Use>
  void each(std::string_view field, Use use) {
    const auto* value = find(field);
    if (!value) return;
    if (!value->is_array()) return fail(field, "must be a list");
    std::size_t index = 0;
    for (const auto& element : value->get_array())
      use(element, fmt::format("{}{}[{}]", path_, field, index++));
  }
  void finish() {
    if (!object_ || error_) return;
    for (const auto& member : *object_)
      if (std::find(known_.begin(), known_.end(), member.key()) == known_.end())
        return fail(printable({member.key().data(), member.key().size()}), "unknown field");
  }

 private:
  std::string path_;
  std::optional<Error>& error_;
  const json::object* object_ = nullptr;
  std::vector<std::string> known_;
};

SeriesRequest read_series_request(const json::value& value, const std::string& path, std::optional<Error>& error) {
  SeriesRequest series;
  ObjectReader reader(value, path + ".", error);
  reader.text("name", series.name);
  reader.integer("version", series.version);
  reader.each("sources", [&](const json::value& element, const std::string& where) {
    SourceBytes source;
    std::string data;
    ObjectReader inner(element, where + ".", error);
    inner.text("name", source.name);
    inner.text("data", data);
    inner.finish();
    if (auto bytes = base64_decode(data)) source.bytes = std::move(*bytes);
    else inner.fail("data", "is not base64");
    series.sources.push_back(std::move(source));
  });
  reader.finish();
  return series;
}

ArmRequest read_arm_request(const json::value& value, const std::string& path, std::optional<Error>& error) {
  ArmRequest arm;
  std::string patches;
  ObjectReader reader(value, path + ".", error);
  reader.text("label", arm.label);
  reader.text("tree", arm.tree);
  reader.text("base", arm.base);
  reader.text("series", arm.series);
  reader.text("patches", patches);
  reader.text("kconfig_base", arm.kconfig_base);
  reader.texts("kconfigs", arm.kconfigs);
  reader.text("command_line", arm.command_line);
  reader.text("machine", arm.machine);
  reader.text("title", arm.title);
  reader.text("heading", arm.heading);
  reader.finish();
  if (!patches.empty()) {
    auto range = parse_patch_range(patches);
    if (range) arm.patches = *range;
    else reader.fail("patches", range.error().message);
  }
  return arm;
}

}  // namespace

Result<PatchRange> parse_patch_range(std::string_view text) {
  const auto number = [](std::string_view part) {
    int value = 0;
    const auto [end, ec] = std::from_chars(part.data(), part.data() + part.size(), value);
    return ec == std::errc() && end == part.data() + part.size() ? value : 0;
  };
  const auto dash = text.find('-');
  PatchRange range;
  range.first = number(text.substr(0, dash));
  range.last = dash == std::string_view::npos ? range.first : number(text.substr(dash + 1));
  if (range.first < 1 || range.last < range.first)
    return input_error("cannot use the patches \"{}\": give one number or a range such as 1-3", printable(text));
  return range;
}

std::string format_patch_range(const PatchRange& range) {
  return range.first == range.last ? fmt::format("{}", range.first) : fmt::format("{}-{}", range.first, range.last);
}

std::string encode_request(const ExperimentRequest& request) {
  json::object out;
  out["title"] = request.title;
  json::array series;
  for (const auto& entry : request.series) {
    json::array sources;
    for (const auto& source : entry.sources)
      sources.push_back({{"name", printable(source.name)}, {"data", base64_encode(source.bytes)}});
    json::object object{{"name", entry.name}, {"sources", std::move(sources)}};
    if (entry.version) object["version"] = *entry.version;
    series.push_back(std::move(object));
  }
  out["series"] = std::move(series);
  json::array arms;
  for (const auto& arm : request.arms) {
    json::object object{{"label", arm.label},
                        {"tree", arm.tree},
                        {"base", arm.base},
                        {"series", arm.series},
                        {"kconfig_base", arm.kconfig_base},
                        {"kconfigs", json::array(arm.kconfigs.begin(), arm.kconfigs.end())},
                        {"machine", arm.machine},
                        {"title", arm.title},
                        {"heading", arm.heading}};
    if (arm.command_line) object["command_line"] = *arm.command_line;
    if (arm.patches) object["patches"] = format_patch_range(*arm.patches);
    arms.push_back(std::move(object));
  }
  out["arms"] = std::move(arms);
  json::array contrasts;
  for (const auto& contrast : request.contrasts)
    contrasts.push_back({{"reference", contrast.reference}, {"patched", contrast.patched}});
  out["contrasts"] = std::move(contrasts);
  out["workloads"] = json::array(request.workloads.begin(), request.workloads.end());
  if (request.boots) out["boots"] = *request.boots;
  if (request.seed) out["seed"] = *request.seed;
  if (request.delta) out["delta"] = *request.delta;
  if (request.profile) out["profile"] = true;
  if (request.confirm) out["confirm"] = true;
  return json::serialize(out);
}

Result<ExperimentRequest> decode_request(std::string_view body) {
  boost::system::error_code ec;
  json::parse_options options;
  options.max_depth = 16;
  const json::value value = json::parse(body, ec, {}, options);
  if (ec) return input_error("cannot read the request: not valid JSON: {}", ec.message());

  std::optional<Error> error;
  ExperimentRequest request;
  ObjectReader reader(value, "", error);
  reader.text("title", request.title);
  reader.each("series", [&](const json::value& element, const std::string& where) {
    request.series.push_back(read_series_request(element, where, error));
  });
  reader.each("arms", [&](const json::value& element, const std::string& where) {
    request.arms.push_back(read_arm_request(element, where, error));
  });
  reader.each("contrasts", [&](const json::value& element, const std::string& where) {
    ContrastRequest contrast;
    ObjectReader inner(element, where + ".", error);
    inner.text("reference", contrast.reference);
    inner.text("patched", contrast.patched);
    inner.finish();
    request.contrasts.push_back(std::move(contrast));
  });
  reader.texts("workloads", request.workloads);
  reader.integer("boots", request.boots);
  reader.integer("seed", request.seed);
  reader.real("delta", request.delta);
  reader.flag("profile", request.profile);
  reader.flag("confirm", request.confirm);
  reader.finish();
  if (error) return *error;
  return request;
}

}  // namespace klab
