#pragma once
#include <map>
#include <optional>
#include <string>

#include "model/base/result.hpp"
#include "operator/http/routes.hpp"

namespace spillway::api {

/// The parameters after the question mark, with errors that name the parameter, its value and what is allowed.
class Query {
 public:
  /// A parameter that is given twice counts as given last.
  explicit Query(const http::Request& request);

  std::string text(const std::string& name) const;  ///< empty if absent
  Result<int> whole(const std::string& name, int least, int greatest, int otherwise) const;
  Result<bool> flag(const std::string& name, bool otherwise) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace spillway::api
