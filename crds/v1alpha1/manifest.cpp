// Manifests as people write them: YAML (or JSON) text -> JSON -> AutoscalerPolicy. The only file here that includes yaml-cpp,
// whose exceptions stay inside.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "crds/v1alpha1/codec.hpp"

namespace spillway::v1alpha1 {

namespace {

using Json = nlohmann::json;

template <typename Number>
bool is_number(const std::string& text, Number& out) {
  const char* begin = text.data() + (!text.empty() && text[0] == '+' ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, out);
  return begin != end && error == std::errc() && stop == end;
}

/// Quoted scalars are text; plain ones are what YAML's core schema says.
Json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  std::int64_t whole = 0;
  if (is_number(text, whole)) return whole;
  double real = 0.0;
  const bool starts_like_a_number = text.find_first_of("0123456789") <= 2;  // keeps words such as "inf" text
  if (starts_like_a_number && is_number(text, real)) return real;
  return text;
}

Error syntax_error(const YAML::Mark& mark, const std::string& what) {
  return {ErrorKind::kInvalid, "line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1) + ": " + what};
}

Result<Json> convert(const YAML::Node& node);

Result<Json> convert_map(const YAML::Node& node) {
  Json object = Json::object();
  for (const auto& entry : node) {
    const std::string key = entry.first.as<std::string>();
    if (object.contains(key)) return syntax_error(entry.first.Mark(), "key \"" + key + "\" is given twice");
    auto value = convert(entry.second);
    if (!value) return value;
    object[key] = std::move(*value);
  }
  return object;
}

Result<Json> convert(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar: return scalar(node);
    case YAML::NodeType::Map: return convert_map(node);
    case YAML::NodeType::Sequence: {
      Json array = Json::array();
      for (const auto& item : node) {
        auto value = convert(item);
        if (!value) return value;
        array.push_back(std::move(*value));
      }
      return array;
    }
    default: return Json(nullptr);
  }
}

class IgnoreEvents final : public YAML::EventHandler {
  using Mark = YAML::Mark;
  using Text = const std::string&;
  using Style = YAML::EmitterStyle::value;
  void OnDocumentStart(const Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const Mark&, YAML::anchor_t) override {}
  void OnAlias(const Mark&, YAML::anchor_t) override {}
  void OnScalar(const Mark&, Text, YAML::anchor_t, Text) override {}
  void OnSequenceStart(const Mark&, Text, YAML::anchor_t, Style) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const Mark&, Text, YAML::anchor_t, Style) override {}
  void OnMapEnd() override {}
};

/// Whether yaml-cpp gets to the end of `text` within a sane number of documents. On some malformed input ("]" alone) its parser stands still
/// and hands out empty documents for ever, and LoadAll would collect them until memory ends.
bool ends(const std::string& text) {
  constexpr int kMostDocuments = 1000;
  std::istringstream in(text);
  YAML::Parser parser(in);
  IgnoreEvents ignore;
  for (int count = 0; count < kMostDocuments; ++count) {
    if (!parser.HandleNextDocument(ignore)) return true;
  }
  return false;
}

Result<std::vector<Json>> documents(std::string_view view) {
  try {
    const std::string text(view);
    if (!ends(text)) return Error{ErrorKind::kInvalid, "not valid YAML: the text does not end in a document"};
    std::vector<Json> all;
    for (const YAML::Node& node : YAML::LoadAll(text)) {
      if (!node || node.IsNull()) continue;
      auto document = convert(node);
      if (!document) return document.error();
      all.push_back(std::move(*document));
    }
    return all;
  } catch (const YAML::Exception& error) {
    return syntax_error(error.mark, error.msg);
  }
}

bool is_policy(const Json& document) {
  return document.is_object() && document.value("kind", Json()) == Json(kAutoscalerPolicyKind);
}

}  // namespace

Result<Json> yaml_to_json(std::string_view text) {
  auto all = documents(text);
  if (!all) return all.error();
  if (all->size() != 1)
    return Error{ErrorKind::kInvalid, "must hold one YAML document, but holds " + std::to_string(all->size())};
  return std::move(all->front());
}

Result<AutoscalerPolicy> parse_policy_manifest(std::string_view text) {
  auto all = documents(text);
  if (!all) return all.error();
  if (all->size() == 1) return decode_policy(all->front());
  std::erase_if(*all, [](const Json& document) { return !is_policy(document); });
  if (all->size() != 1) {
    return Error{ErrorKind::kInvalid, "the manifest must hold exactly one document of kind AutoscalerPolicy, but holds " +
                                          std::to_string(all->size())};
  }
  return decode_policy(all->front());
}

Result<AutoscalerPolicy> load_policy_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return Error{ErrorKind::kNotFound, "cannot read the policy file " + file.string()};
  auto policy = parse_policy_manifest(text.str());
  if (!policy) return Error{policy.error().kind, file.string() + ": " + policy.error().message};
  return policy;
}

}  // namespace spillway::v1alpha1
