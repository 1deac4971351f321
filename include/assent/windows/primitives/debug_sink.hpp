// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PRIMITIVES_DEBUG_SINK_HPP
#define ASSENT_WINDOWS_PRIMITIVES_DEBUG_SINK_HPP

#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "../ddk/assent_ddk/debug.h"

namespace assent::windows {

/// Receives each DbgPrint text, already formatted as UTF-8, with the component and level of DbgPrintEx.
using debug_sink = std::function<void(ULONG component, ULONG level, std::string_view text)>;

namespace detail {
struct debug_sink_slot {
    std::mutex lock;
    std::shared_ptr<const debug_sink> sink;
};
inline debug_sink_slot& current_debug_sink() {
    static debug_sink_slot* const slot = new debug_sink_slot; // never destroyed: static destructors may print
    return *slot;
}
} // namespace detail

/// An empty sink restores the default, which writes to stderr.
/// Threads  a text that is being delivered on another thread may still reach the sink before.
inline void set_debug_sink(debug_sink sink) {
    auto next = sink ? std::make_shared<const debug_sink>(std::move(sink)) : nullptr;
    auto& slot = detail::current_debug_sink();
    {
        const std::lock_guard guard{slot.lock};
        slot.sink.swap(next);
    }
}

inline void deliver_debug_text(ULONG component, ULONG level, std::string_view text) {
    auto& slot = detail::current_debug_sink();
    std::shared_ptr<const debug_sink> sink;
    {
        const std::lock_guard guard{slot.lock};
        sink = slot.sink;
    }
    if (sink) {
        (*sink)(component, level, text); // outside the lock: a sink may print or replace itself
    } else {
        std::fwrite(text.data(), 1, text.size(), stderr);
    }
}

} // namespace assent::windows

#endif
