#include "crds/v1alpha1/manifest_writer.hpp"

#include <nlohmann/json.hpp>

#include "crds/v1alpha1/codec.hpp"
#include "crds/v1alpha1/enums.hpp"
#include "crds/v1alpha1/fields.hpp"

namespace spillway::v1alpha1 {

namespace {

constexpr std::size_t kLineWidth = 110;

/// Words that YAML would not read as the text they are.
bool is_word(const std::string& text) {
  if (text.empty() || !std::isalpha(static_cast<unsigned char>(text[0]))) return false;
  for (const char* other : {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}) {
    if (std::equal(text.begin(), text.end(), other, other + std::char_traits<char>::length(other),
                   [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; }))
      return false;
  }
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./-_") == std::string::npos;
}

/// A double-quoted JSON string is valid YAML; queries read better in single quotes.
std::string scalar(const std::string& text) {
  if (is_word(text)) return text;
  const bool printable = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20; });
  if (printable && text.find('\'') == std::string::npos) return "'" + text + "'";
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
std::string scalar(bool value) { return value ? "true" : "false"; }
std::string scalar(int value) { return std::to_string(value); }
std::string scalar(const ResourceQuantity& value) { return "\"" + value.text + "\""; }
template <ApiEnum E>
std::string scalar(E value) { return to_string(value); }

class Writer {
 public:
  explicit Writer(const FieldComments& comments) : comments_(comments) {}

  void comment(const std::string& text, const std::string& indent) {
    std::string line;
    const auto flush = [&] {
      text_ += indent + "#" + (line.empty() ? "" : " " + line) + "\n";
      line.clear();
    };
    std::string word;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      const char c = i < text.size() ? text[i] : '\n';
      if (c != ' ' && c != '\n') {
        word += c;
        continue;
      }
      if (!line.empty() && !word.empty() && indent.size() + line.size() + word.size() + 3 > kLineWidth) flush();
      if (!word.empty()) line += (line.empty() ? "" : " ") + std::exchange(word, {});
      if (c == '\n') flush();
    }
  }

  void line(const std::string& text) { text_ += text + "\n"; }

  template <ApiObject T>
  void object(const T& value, const std::string& path, const std::string& indent) {
    const T defaults{};
    Fields<T>::visit([&](const char* name, auto member, const Limits& limits) {
      field(value.*member, defaults.*member, limits.required, name, path + "." + name, indent);
    });
  }

  std::string take() { return std::move(text_); }

 private:
  template <typename V>
  void field(const V& value, const V& usual, bool required, const std::string& name, const std::string& path,
             const std::string& indent) {
    const auto said = comments_.find(path);
    if (value == usual && !required && said == comments_.end()) return;
    if (said != comments_.end()) comment(said->second, indent);
    put(value, name, path, indent);
  }

  template <typename V>
  void put(const std::optional<V>& value, const std::string& name, const std::string& path, const std::string& indent) {
    if (value) put(*value, name, path, indent);
  }
  template <ApiObject T>
  void put(const T& value, const std::string& name, const std::string& path, const std::string& indent) {
    const std::size_t before = text_.size();
    line(indent + name + ":");
    const std::size_t opened = text_.size();
    object(value, path, indent + "  ");
    if (text_.size() == opened) text_.resize(before);  // nothing but defaults inside
  }
  template <typename T>
  void put(const std::vector<T>& items, const std::string& name, const std::string& path, const std::string& indent) {
    line(indent + name + ":");
    for (const T& item : items) {
      const std::size_t start = text_.size();
      object(item, path + "[]", indent + "  ");
      if (text_.size() > start) text_[start + indent.size()] = '-';
    }
  }
  template <typename V>
  void put(const V& value, const std::string& name, const std::string&, const std::string& indent) {
    line(indent + name + ": " + scalar(value));
  }

  const FieldComments& comments_;
  std::string text_;
};

}  // namespace

std::string write_policy_manifest(const ObjectMetadata& metadata, const AutoscalerPolicySpec& spec,
                                  const FieldComments& comments, const std::vector<std::string>& head) {
  Writer writer(comments);
  for (const std::string& paragraph : head) writer.comment(paragraph, "");
  writer.line(std::string("apiVersion: ") + kApiVersion);
  writer.line(std::string("kind: ") + kAutoscalerPolicyKind);
  writer.line("metadata:");
  writer.line("  name: " + scalar(metadata.name));
  if (!metadata.namespace_name.empty()) writer.line("  namespace: " + scalar(metadata.namespace_name));
  writer.line("spec:");
  writer.object(spec, "spec", "  ");
  return writer.take();
}

}  // namespace spillway::v1alpha1
