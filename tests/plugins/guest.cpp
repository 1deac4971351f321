// SPDX-License-Identifier: BSL-1.0
// A plug-in. Nothing of it is left in the process once its registrations are gone and it is closed.

#include "guest.hpp"

#include <optional>

namespace {

using namespace plugins;

assent::registration callback;
assent::registration participant;
std::optional<assent::dispatcher<event>> own;

struct agreeing {
    hook when_prepared;
    bool agrees;
    told* to;

    bool prepare(const change::event_type&) {
        ++to->prepared;
        when_prepared();
        return agrees;
    }
    void commit(const change::event_type&) noexcept { ++to->committed; }
    void abort(const change::event_type&) noexcept { ++to->aborted; }
};

} // namespace

#if defined(__GNUC__)
#define GUEST_EXPORT __attribute__((visibility("default")))
#else
#define GUEST_EXPORT
#endif

extern "C" GUEST_EXPORT plugins::guest_operations guest_entry_point() {
    return {
        [](assent::dispatcher<event>& d, hook then) {
            callback = d.on({.name = "guest"}, [then](const event&) { then(); });
        },
        [] { return callback.unregister(); },
        [] { return callback.unregister(assent::no_wait); },
        [](assent::registration& other) { return other.unregister(); },
        [](assent::dispatcher<event>& d, int value) { d.notify({value}); },
        [](const assent::domain& in) { return assent::attach_thread(3, in); },
        [](assent::dispatcher<change>& d, hook when_prepared, bool agrees, told& to) {
            participant = d.on({.name = "guest"}, agreeing{when_prepared, agrees, &to});
        },
        [] { return participant.unregister(); },
        [](assent::dispatcher<change>& d, int value, hook action) {
            return d.transact({value}, [action] { action(); }).result();
        },
        [](const assent::domain& in) { return &own.emplace(in); },
        [] { own.reset(); },
    };
}
