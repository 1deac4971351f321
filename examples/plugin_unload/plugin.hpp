// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_PLUGIN_UNLOAD_PLUGIN_HPP
#define ASSENT_EXAMPLES_PLUGIN_UNLOAD_PLUGIN_HPP

// What the host and its plug-ins share.

#include <assent/assent.hpp>

#include <string_view>

/// A plain event: documents were saved.
struct saved {
    std::string_view document;
};

/// A plug-in is to be unloaded. Who uses one may refuse, and must let go of it when it commits.
struct unload {
    struct event_type {
        std::string_view plugin;
    };
    using status_type = bool;
};

/// What the plug-in does for the host.
struct spelling {
    virtual int mistakes(std::string_view text) const = 0;

protected:
    ~spelling() = default;
};

/// What every plug-in exports.
extern "C" {
using start_function = const spelling*(assent::dispatcher<saved>&);
using stop_function = void();
}

#endif
