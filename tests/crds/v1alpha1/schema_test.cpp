// Holds the schema and the C++ types together: from the field table a schema is made, and it must be the one in crds/.
#include <nlohmann/json.hpp>

#include "crds/v1alpha1/encoder.hpp"
#include "tests/crds/v1alpha1/files.hpp"

namespace spillway::v1alpha1 {
namespace {

using Json = nlohmann::json;

/// The schema that the field table implies. Only the spec has defaults.
class SchemaMaker {
 public:
  explicit SchemaMaker(bool defaults) : defaults_(defaults) {}

  template <ApiObject T>
  Json make(const T& initial, const Limits&) const {
    Json schema = {{"type", "object"}, {"properties", Json::object()}};
    Fields<T>::visit([&](const char* name, auto member, const Limits& limits) {
      Json field = make(initial.*member, limits);
      if (limits.required) schema["required"].push_back(name);
      else if (defaults_) add_default(field, initial.*member, limits);
      schema["properties"][name] = std::move(field);
    });
    return schema;
  }
  template <typename T>
  Json make(const std::optional<T>&, const Limits& limits) const { return make(T{}, limits); }
  template <typename T>
  Json make(const std::vector<T>&, const Limits& limits) const {
    Json schema = {{"type", "array"}, {"maxItems", limits.max_items}, {"items", make(T{}, Limits{})}};
    schema["x-kubernetes-list-type"] = limits.list_key ? "map" : "atomic";
    if (limits.list_key) schema["x-kubernetes-list-map-keys"] = {limits.list_key};
    return schema;
  }
  template <ApiEnum E>
  Json make(E, const Limits&) const {
    Json schema = {{"type", "string"}, {"enum", Json::array()}};
    for (const auto& row : EnumWords<E>::kTable.rows) schema["enum"].push_back(row.word);
    return schema;
  }
  Json make(bool, const Limits&) const { return {{"type", "boolean"}}; }
  Json make(int, const Limits& limits) const { return integer("int32", limits); }
  Json make(std::int64_t, const Limits& limits) const { return integer("int64", limits); }
  Json make(const std::string&, const Limits& limits) const {
    Json schema = {{"type", "string"}};
    if (limits.min_length > 0) schema["minLength"] = limits.min_length;
    if (limits.max_length > 0) schema["maxLength"] = limits.max_length;
    if (limits.pattern) schema["pattern"] = limits.pattern;
    return schema;
  }
  Json make(const ResourceQuantity&, const Limits& limits) const {
    return {{"x-kubernetes-int-or-string", true},
            {"anyOf", {{{"type", "integer"}}, {{"type", "string"}}}},
            {"maxLength", limits.max_length}};
  }
  Json make(Time, const Limits& limits) const {
    return {{"type", "string"}, {"format", "date-time"}, {"maxLength", limits.max_length}};
  }
  Json make(const std::map<std::string, std::string>&, const Limits& limits) const {
    return {{"type", "object"},
            {"maxProperties", limits.max_items},
            {"additionalProperties", {{"type", "string"}, {"maxLength", limits.max_length}}}};
  }

 private:
  static Json integer(const char* format, const Limits& limits) {
    Json schema = {{"type", "integer"}, {"format", format}};
    if (limits.minimum) schema["minimum"] = *limits.minimum;
    if (limits.maximum) schema["maximum"] = *limits.maximum;
    return schema;
  }
  template <ApiObject T>
  static void add_default(Json& schema, const T&, const Limits&) { schema["default"] = Json::object(); }
  template <typename T>
  static void add_default(Json& schema, const T& value, const Limits& limits) { schema["default"] = Encoder::write(value, limits); }
  template <typename T>
  static void add_default(Json&, const std::optional<T>&, const Limits&) {}
  template <typename T>
  static void add_default(Json&, const std::vector<T>&, const Limits&) {}

  bool defaults_;
};

/// Without what types cannot say: descriptions and rules.
Json bare(Json schema) {
  if (schema.is_object()) {
    for (const char* name : {"description", "x-kubernetes-validations"}) {
      if (schema.contains(name) && !(schema[name].is_object() && schema[name].contains("type"))) schema.erase(name);
    }
  }
  for (auto& part : schema) {
    if (part.is_structured()) part = bare(part);
  }
  return schema;
}

TEST(Schema, IsWhatTheTypesOfTheSpecSayPropertyByProperty) {
  const Json wanted = SchemaMaker(true).make(AutoscalerPolicySpec{}, any());
  const Json found = bare(testing::policy_schema()["properties"]["spec"]);
  EXPECT_EQ(Json::array(), Json::diff(wanted, found)) << "patch from the C++ types to the schema";
}

TEST(Schema, IsWhatTheTypesOfTheStatusSayPropertyByProperty) {
  const Json wanted = SchemaMaker(false).make(AutoscalerPolicyStatus{}, any());
  const Json found = bare(testing::policy_schema()["properties"]["status"]);
  EXPECT_EQ(Json::array(), Json::diff(wanted, found)) << "patch from the C++ types to the schema";
}

void expect_descriptions(const Json& schema, const std::string& path) {
  // The API server forbids a description of metadata.
  EXPECT_TRUE(path == ".metadata" || schema.value("description", "").size() > 3) << path;
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [name, property] : properties.items()) expect_descriptions(property, path + "." + name);
  for (const char* part : {"items", "additionalProperties"}) {
    if (schema.contains(part)) expect_descriptions(schema[part], path + "." + part);
  }
}

TEST(Schema, DescribesEveryFieldBecauseKubectlExplainIsTheManual) { expect_descriptions(testing::policy_schema(), ""); }

void collect_messages(const Json& schema, std::vector<std::string>& messages) {
  if (schema.is_object() && schema.contains("x-kubernetes-validations")) {
    for (const auto& rule : schema["x-kubernetes-validations"]) messages.push_back(rule["message"].get<std::string>());
  }
  for (const auto& part : schema) {
    if (part.is_structured()) collect_messages(part, messages);
  }
}

TEST(Schema, HasAnInvalidPolicyInTheTableForEveryRule) {
  std::vector<std::string> messages;
  collect_messages(testing::policy_schema(), messages);
  EXPECT_GE(messages.size(), 12u);
  const std::string table = testing::invalid_policies().dump();
  for (const std::string& message : messages) {
    if (message.find("immutable") != std::string::npos) continue;  // needs an old object: tests/cluster/e2e/crd_test.py
    EXPECT_NE(table.find(Json(message).dump()), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace spillway::v1alpha1
