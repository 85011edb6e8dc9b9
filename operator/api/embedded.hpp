#pragma once
#include <string_view>

/// Files that are compiled into the program (operator/CMakeLists.txt).
namespace spillway::api::embedded {

extern const std::string_view kOpenApi;     ///< docs/openapi.yaml
extern const std::string_view kDocsPage;    ///< docs_page/index.html
extern const std::string_view kDocsScript;  ///< docs_page/docs.js
extern const std::string_view kDocsStyle;   ///< docs_page/docs.css

}  // namespace spillway::api::embedded
