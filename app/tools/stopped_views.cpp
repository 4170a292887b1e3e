#include "app/tools/stopped_views.hpp"

#include "projector/pg_store.hpp"
#include "projector/rocks_store.hpp"

#include <filesystem>

namespace daybook::app {

domain::result<stopped_views> open_stopped(const installation& where, std::string_view view) {
    stopped_views made;
    auto log = open_log(where);
    if (!log) return log.error();
    made.log = std::move(*log);
    if (view != "postgres" && !where.data.empty()) {
        projector::rocks_store_options options;
        options.folder = std::filesystem::path(where.data) / "views" / "rocks";
        options.partitions = made.log->partitions();
        auto store = projector::rocks_store::open(std::move(options));
        if (!store) return store.error();
        made.stores.push_back(std::move(*store));
    }
    if (view != "rocks" && !where.postgres.empty()) {
        projector::pg_view_options options;
        options.url = where.postgres;
        made.stores.push_back(std::make_unique<projector::pg_store>(std::move(options)));
    }
    if (made.stores.empty())
        return domain::make_problem(
            domain::errc::config_invalid, "no read model is named", "view",
            "Name the folder of the RocksDB view by --data, the Postgres view by --postgres.");
    for (const auto& store : made.stores) {
        auto opened = store->open_current();
        if (!opened) return opened.error().prefixed(store->name());
        made.views.emplace_back(store.get(), std::move(*opened));
    }
    return made;
}

}  // namespace daybook::app
