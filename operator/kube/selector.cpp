#include "operator/kube/selector.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace spillway::kube {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// Splits at commas that stand outside of parentheses.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    parts.push_back(trimmed(text.substr(start, i - start)));
    start = i + 1;
  }
  return parts;
}

bool is_label_word(std::string_view word, bool may_be_empty) {
  const auto allowed = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_./").find(c) != std::string_view::npos; };
  return (may_be_empty || !word.empty()) && std::all_of(word.begin(), word.end(), allowed);
}

const std::string* find_label(const Labels& labels, const std::string& key) {
  for (const auto& [name, value] : labels)
    if (name == key) return &value;
  return nullptr;
}

// Custom kinds may put anything where a selector is expected: what does not fit counts as absent.
const Json& member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

std::string joined(const Json& values) {
  std::string all;
  for (const auto& value : values) all += (all.empty() ? "" : ",") + text(value);
  return all;
}

std::string expression_text(const Json& expression) {
  const std::string key = text(member(expression, "key"));
  const std::string op = text(member(expression, "operator"));
  if (op == "Exists") return key;
  if (op == "DoesNotExist") return "!" + key;
  return key + (op == "In" ? " in (" : " notin (") + joined(member(expression, "values")) + ")";
}

}  // namespace

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
  LabelSelector selector;
  if (trimmed(text).empty()) return selector;
  for (const auto& part : split(text)) {
    auto requirement = parse_requirement(part);
    if (!requirement) return requirement.error();
    selector.requirements_.push_back(std::move(*requirement));
  }
  return selector;
}

Result<LabelSelector::Requirement> LabelSelector::parse_requirement(std::string_view text) {
  Requirement requirement{trimmed(text), Operator::kExists, {}};
  const auto equals = text.find('=');
  const auto paren = text.find('(');
  if (!text.empty() && text.front() == '!') {
    requirement = {trimmed(text.substr(1)), Operator::kNotExists, {}};
  } else if (paren != std::string_view::npos && text.back() == ')') {
    const std::string head = trimmed(text.substr(0, paren));
    const auto space = head.find(' ');
    const std::string word = space == std::string::npos ? "" : trimmed(head.substr(space));
    if (word != "in" && word != "notin") return Error{ErrorKind::kInvalid, "label selector: cannot read \"" + std::string(text) + "\""};
    requirement = {head.substr(0, space), word == "in" ? Operator::kIn : Operator::kNotIn,
                   split(text.substr(paren + 1, text.size() - paren - 2))};
  } else if (equals != std::string_view::npos) {
    const bool negated = equals > 0 && text[equals - 1] == '!';
    const bool doubled = equals + 1 < text.size() && text[equals + 1] == '=';
    requirement = {trimmed(text.substr(0, negated ? equals - 1 : equals)), negated ? Operator::kNotIn : Operator::kIn,
                   {trimmed(text.substr(equals + (doubled ? 2 : 1)))}};
  }
  const bool values_fit = std::all_of(requirement.values.begin(), requirement.values.end(),
                                      [](const std::string& value) { return is_label_word(value, true); });
  if (!is_label_word(requirement.key, false) || !values_fit)
    return Error{ErrorKind::kInvalid, "label selector: cannot read \"" + std::string(text) + "\""};
  return requirement;
}

bool LabelSelector::satisfied(const Requirement& requirement, const Labels& labels) {
  const std::string* value = find_label(labels, requirement.key);
  const auto listed = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), *value) != requirement.values.end();
  };
  switch (requirement.op) {
    case Operator::kIn: return value && listed();
    case Operator::kNotIn: return !value || !listed();
    case Operator::kExists: return value != nullptr;
    case Operator::kNotExists: return value == nullptr;
  }
  return false;
}

bool LabelSelector::matches(const Labels& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const Requirement& requirement) { return satisfied(requirement, labels); });
}

std::string selector_text(const Json& label_selector) {
  std::string all;
  const auto add = [&all](const std::string& part) { all += (all.empty() ? "" : ",") + part; };
  if (const Json& labels = member(label_selector, "matchLabels"); labels.is_object())
    for (const auto& [key, value] : labels.items()) add(key + "=" + text(value));
  for (const auto& expression : member(label_selector, "matchExpressions")) add(expression_text(expression));
  return all;
}

}  // namespace spillway::kube
