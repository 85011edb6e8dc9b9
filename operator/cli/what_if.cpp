#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench/lab/report.hpp"
#include "crds/v1alpha1/codec.hpp"
#include "operator/cli/commands.hpp"
#include "operator/io/curl_transport.hpp"
#include "operator/io/files.hpp"
#include "operator/kube/config.hpp"

namespace spillway::cli {
namespace {

using bench::fixed;
using nlohmann::json;

struct WhatIfArguments {
  std::string policy;
  std::string ns;
  std::string candidate_file;
  std::vector<std::string> set;
  int window_seconds = 3600;
  std::string server = "http://127.0.0.1:8080";
  std::string token_file;
  std::string ca_file;
  std::string output = "table";
};

/// "objective.targetUtilizationPercent=70" becomes part of the merge patch; the value is JSON where it reads as such, else a string.
Status put(json& patch, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) return Error{ErrorKind::kInvalid, "--set " + assignment + ": want FIELD=VALUE, such as maxReplicas=20"};
  const std::string value = assignment.substr(equals + 1);
  json parsed = json::parse(value, nullptr, false);
  std::string pointer = "/" + assignment.substr(0, equals);
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  try {
    patch[json::json_pointer(pointer)] = parsed.is_discarded() ? json(value) : std::move(parsed);
  } catch (const json::exception&) {
    return Error{ErrorKind::kInvalid, "--set " + assignment + ": the field does not fit the others that are set"};
  }
  return Ok{};
}

Result<json> candidate_of(const WhatIfArguments& arguments, std::istream& in) {
  json patch = json::object();
  if (!arguments.candidate_file.empty()) {
    auto text = arguments.candidate_file == "-" ? Result<std::string>(std::string(std::istreambuf_iterator<char>(in), {})) : io::read_file(arguments.candidate_file);
    if (!text) return text.error();
    auto parsed = v1alpha1::yaml_to_json(*text);
    if (!parsed) return Error{parsed.error().kind, arguments.candidate_file + ": " + parsed.error().message};
    patch = parsed->contains("spec") ? (*parsed)["spec"] : std::move(*parsed);
    if (!patch.is_object()) return Error{ErrorKind::kInvalid, arguments.candidate_file + ": want the fields of spec that differ, or a whole manifest"};
  }
  for (const std::string& assignment : arguments.set) {
    if (const Status added = put(patch, assignment); !added) return added.error();
  }
  if (patch.empty()) return Error{ErrorKind::kInvalid, "what is to differ? Give --set FIELD=VALUE or --candidate FILE"};
  return patch;
}

/// The caller's token: a file, or what the environment has; never an argument, which everybody on the machine can read.
Result<std::string> token_of(const WhatIfArguments& arguments) {
  if (arguments.token_file.empty()) {
    const char* token = std::getenv("SPILLWAY_TOKEN");
    return std::string(token ? token : "");
  }
  auto token = io::read_file(arguments.token_file);
  if (token) token->erase(token->find_last_not_of(" \r\n\t") + 1);
  return token;
}

Result<io::HttpRequest> request_of(const WhatIfArguments& arguments, const json& candidate) {
  io::HttpRequest request;
  request.method = "POST";
  request.url = arguments.server + "/api/v1/policies/" + arguments.ns + "/" + arguments.policy + "/what-if";
  request.timeout = std::chrono::seconds(60);
  request.headers = {{"Content-Type", "application/json"}};
  auto token = token_of(arguments);
  if (!token) return token.error();
  if (!token->empty()) request.headers.emplace_back("Authorization", "Bearer " + *token);
  if (!arguments.ca_file.empty()) {
    auto pem = io::read_file(arguments.ca_file);
    if (!pem) return pem.error();
    request.tls = std::make_shared<io::TlsOptions>(io::TlsOptions{*pem, {}, {}});
  }
  request.body = json{{"candidate", candidate}, {"windowSeconds", arguments.window_seconds}}.dump();
  return request;
}

std::string figure(const json& outcome, const char* name, int digits, double factor = 1.0) {
  const json& value = outcome.value(name, json(nullptr));
  return value.is_number() ? fixed(factor * value.get<double>(), digits) : "unknown";
}

std::string table_of(const json& answer) {
  struct Row {
    const char* title;
    const char* name;
    int digits;
    double factor = 1.0;
  };
  constexpr Row kRows[] = {{"breach minutes", "breachMinutes", 1},   {"late or failed (%)", "lateShare", 2, 100.0}, {"p95 (s)", "latencyP95Seconds", 2},
                           {"replica-hours", "replicaHours", 2},     {"most replicas", "maxReplicas", 0},           {"moves", "moves", 0},
                           {"reversals", "reversals", 0},            {"longest breach (s)", "recoverySeconds", 0},  {"cost (replica-s)", "cost", 0}};
  bench::ReportTable table;
  table.header = {"", "present spec", "candidate"};
  for (const Row& row : kRows) {
    table.rows.push_back({row.title, figure(answer["current"], row.name, row.digits, row.factor), figure(answer["candidate"], row.name, row.digits, row.factor)});
  }
  return bench::render_text(table);
}

int run_what_if(WhatIfArguments arguments, Context& context) {
  const auto refuse = [&](const std::string& message, ExitCode code) {
    context.err << "spillway what-if: " << message << "\n";
    return code;
  };
  if (arguments.ns.empty()) {
    const auto config = kube::find_config({}, {}, context.clock);
    arguments.ns = config ? config->default_namespace : "default";
  }
  const auto candidate = candidate_of(arguments, context.in);
  if (!candidate) return refuse(candidate.error().message, kBadInput);
  auto request = request_of(arguments, *candidate);
  if (!request) return refuse(request.error().message, kBadInput);
  io::CurlTransport transport;
  const auto response = transport.call(std::move(*request));
  if (!response) return refuse(response.error().message + "; is the operator there? kubectl port-forward -n NAMESPACE svc/spillway 8080", kFailure);
  const json answer = json::parse(response->body, nullptr, false);
  if (response->status != 200 || !answer.is_object() || !answer.contains("current")) {
    const std::string said = answer.is_object() && answer.contains("error") ? answer["error"].value("message", "") : std::string();
    return refuse("the operator answered " + std::to_string(response->status) + (said.empty() ? "" : ": " + said),
                  response->status == 400 || response->status == 422 ? kBadInput : kFailure);
  }
  if (arguments.output == "json") context.out << answer.dump(2) << "\n";
  else context.out << table_of(answer) << answer.value("sentence", "") << "\n";
  return kSuccess;
}

}  // namespace

void add_what_if(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("what-if", "Ask a running operator what another spec would have made of the demand that it recorded.");
  auto arguments = std::make_shared<WhatIfArguments>();
  command->add_option("policy", arguments->policy, "name of the AutoscalerPolicy")->required()->type_name("NAME");
  command->add_option("-n,--namespace", arguments->ns, "its namespace; by default the kubeconfig's")->type_name("NAMESPACE");
  command->add_option("--set", arguments->set, "a field of spec that differs, with dots between levels; may be repeated")->type_name("FIELD=VALUE");
  command->add_option("--candidate", arguments->candidate_file, "the fields of spec that differ, or a whole manifest, as YAML or JSON; - for the standard input")->type_name("FILE");
  command->add_option("--window", arguments->window_seconds, "seconds of the recorded past to play")->capture_default_str()->check(CLI::Range(60, 86400));
  command->add_option("--operator", arguments->server, "the operator's HTTP server, e.g. a forwarded port")->capture_default_str()->type_name("URL");
  command->add_option("--token-file", arguments->token_file, "bearer token to send; else the environment's SPILLWAY_TOKEN")->type_name("FILE");
  command->add_option("--ca-file", arguments->ca_file, "certificate authority of an https server")->type_name("FILE");
  command->add_option("-o,--output", arguments->output, "table, or json with the whole course")->capture_default_str()->check(CLI::IsMember({"table", "json"}));
  command->footer(
      "Both specs are played by the control law against a simulated service with the capacity and start-up lag that were learned. Nothing outside changes.\n"
      "Examples:\n"
      "  kubectl port-forward -n spillway-system svc/spillway 8080 &\n"
      "  SPILLWAY_TOKEN=$(kubectl create token me) spillway what-if checkout -n shop --set maxReplicas=20\n"
      "  spillway what-if checkout -n shop --set profile=Performance --set objective.targetUtilizationPercent=60 --window 7200 --token-file token");
  command->callback([arguments, &context] { context.exit_code = run_what_if(*arguments, context); });
}

}  // namespace spillway::cli
