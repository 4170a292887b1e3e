// An empty database of its own on the server of DAYBOOK_TEST_POSTGRES, dropped at the end of the scope.
#pragma once

#include "platform/pg/connection.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>

namespace daybook::tests {

class postgres_database {
 public:
    postgres_database() {
        const char* url = std::getenv("DAYBOOK_TEST_POSTGRES");
        if (url == nullptr)
            throw std::runtime_error("DAYBOOK_TEST_POSTGRES is not set; scripts/x test sets it");
        server_ = url;
        std::random_device entropy;
        name_ = fmt::format("daybook_test_{:08x}{:08x}", entropy(), entropy());
        admin("CREATE DATABASE " + name_);
        const auto parameters = server_.find('?');
        const auto slash = server_.rfind('/', parameters);
        if (slash == std::string::npos || slash < server_.find("://") + 3)
            throw std::runtime_error("DAYBOOK_TEST_POSTGRES names no database: " + server_);
        url_ = server_.substr(0, slash + 1) + name_ +
               (parameters == std::string::npos ? "" : server_.substr(parameters));
    }
    postgres_database(const postgres_database&) = delete;
    postgres_database& operator=(const postgres_database&) = delete;
    ~postgres_database() {
        try {
            admin("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
        } catch (const std::exception& e) {
            fmt::print(stderr, "{} stays: {}\n", name_, e.what());
        }
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& url() const noexcept { return url_; }
    /// A session with this database.
    [[nodiscard]] std::unique_ptr<platform::pg::connection> connect() const {
        return platform::pg::connection::open({url_}).value();
    }
    /// Runs a statement as the server's administrator, on another database.
    void admin(const std::string& sql) const {
        platform::pg::connection::open({server_}).value()->run(sql).value();
    }

 private:
    std::string server_;
    std::string name_;
    std::string url_;
};

}  // namespace daybook::tests
