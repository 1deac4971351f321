// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_THREAD_CACHE_HPP
#define ASSENT_CORE_DETAIL_THREAD_CACHE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/cached_records.hpp>
#include <assent/core/detail/domain_core.hpp>
#include <assent/core/detail/record.hpp>
#include <assent/core/detail/thread_exit.hpp>

#include <atomic>
#include <thread>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// The slow path of record_of_this_thread(). Null: no memory.
ASSENT_COLD inline record* attach(domain_core& domain) noexcept {
    if (thread_cache* const known = thread_exits.find()) {
        for (thread_cache::entry& e : known->entries) {
            if (e.of == &domain) {
                std::swap(e, known->entries[0]);
                return known->entries[0].mine;
            }
        }
    }
    record* const mine = domain.claim(std::this_thread::get_id());
    if (mine == nullptr) return nullptr;
    thread_cache* const cache = thread_exits.keep();
    if (cache == nullptr) return mine;
    // Make room: an empty entry, or the last idle one. With all of them inside callbacks the record
    // goes without: it is found by owner each time.
    thread_cache::entry* room = nullptr;
    for (thread_cache::entry& e : cache->entries)
        if (e.of == nullptr || e.mine->idle()) room = &e;
    if (room == nullptr) return mine;
    thread_cache::drop(*room);
    domain.acquire();
    domain_core::hold(*mine);
    *room = {&domain, mine};
    std::swap(*room, cache->entries[0]);
    return mine;
}

/// The record under which this thread publishes in `domain`. Null: no memory for it.
inline record* record_of_this_thread(domain_core& domain) noexcept {
    thread_cache* const cache = thread_exits.find();
    if (cache != nullptr && cache->entries[0].of == &domain) [[likely]]
        return cache->entries[0].mine;
    return attach(domain);
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
