#pragma once
#include <string>

#include "operator/prometheus/client.hpp"

namespace spillway::prometheus {

/// The server of all who name no other.
struct DefaultServer {
  std::string address;                ///< may be empty: then there is none
  std::string credentials_directory;  ///< may be empty: then it is asked without credentials
};

/// Credentials from the files of a directory, such as a mounted Secret or a pod's own service account: `token`, or `username`
/// with `password`; and `ca.crt`. Read anew at each call, since mounted files are rotated. kNotFound or kForbidden: a file cannot be
/// read; kInvalid: there is nothing to use, or a user name without a password. Messages never hold a value.
Result<Auth> read_credentials(const std::string& directory);

/// With its credentials, if it has any. Errors: those of read_credentials.
Result<Server> connect(const DefaultServer& server);

}  // namespace spillway::prometheus
