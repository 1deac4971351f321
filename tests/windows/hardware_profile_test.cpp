// SPDX-License-Identifier: BSL-1.0
#include "target_world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace windows_tests;

namespace {

constexpr auto profile_category = EventCategoryHardwareProfileChange;

struct profile_bench : world {
    explicit profile_bench(const knobs& answers = {}) : world(with(answers)), owner(idle_driver("owner")) {
        CHECK(one.listen(profile_category, nullptr, owner) == STATUS_SUCCESS);
        user = in.watch_hardware_profile([this](const GUID& event) {
            told += std::string("u") + sign_of(event) + " ";
            return event.Data1 == pnp_guid(1).Data1 ? user_answer : STATUS_SUCCESS;
        });
        CHECK(two.listen(profile_category, nullptr, owner) == STATUS_SUCCESS);
    }
    static partition_options with(const knobs& answers) {
        partition_options o = when_told();
        o.answers = answers;
        return o;
    }
    std::string take() { return std::exchange(told, {}); }

    std::string told;
    driver& owner;
    listener one{told, "1"};
    listener two{told, "2"};
    NTSTATUS user_answer = STATUS_SUCCESS;
    assent::registration user;
};

} // namespace

TEST_CASE("W4 a hardware profile registration has no data; with data it is refused") {
    profile_bench b;
    listener a(b.told, "a");
    int something = 0;
    CHECK(a.listen(profile_category, &something, b.owner) == STATUS_INVALID_PARAMETER);
    CHECK(a.entry == nullptr);
    CHECK(b.owner.references() == 2);
}

TEST_CASE("W30 W31 a change is asked of user-mode programs, then of drivers, and told the other way round") {
    profile_bench b;
    bool happened = false;
    CHECK(b.in.change_hardware_profile([&] {
                  happened = b.told == "u?p 1?p 2?p ";
                  return STATUS_SUCCESS;
              })
              .status == STATUS_SUCCESS);
    CHECK(happened);
    CHECK(b.take() == "u?p 1?p 2?p 2+p 1+p u+p ");
    CHECK(b.one.version == 1);
    CHECK(b.one.size == 20);
}

TEST_CASE("W30 a change that fails is cancelled for all, in that order") {
    profile_bench b;
    CHECK(b.in.change_hardware_profile([] { return STATUS_DEVICE_BUSY; }).status == STATUS_DEVICE_BUSY);
    CHECK(b.take() == "u?p 1?p 2?p 2-p 1-p u-p ");
}

TEST_CASE("W30 a veto cancels for those who were asked; the rest hears nothing, or is asked, or is told") {
    {
        profile_bench b;
        b.one.answer = STATUS_UNSUCCESSFUL;
        const decision d = b.in.change_hardware_profile();
        CHECK(d.status == STATUS_UNSUCCESSFUL);
        CHECK(d.by == "owner");
        CHECK(b.take() == "u?p 1?p 1-p u-p ");
    }
    {
        profile_bench b;
        b.user_answer = STATUS_UNSUCCESSFUL;
        CHECK(b.in.change_hardware_profile().status == STATUS_UNSUCCESSFUL);
        CHECK(b.take() == "u?p u-p ");
    }
    {
        knobs answers;
        answers.hardware_profile.refusal = assent::after_refusal::ask_rest;
        answers.hardware_profile.audience = assent::abort_audience::prepared;
        profile_bench b(answers);
        b.user_answer = STATUS_UNSUCCESSFUL;
        CHECK(b.in.change_hardware_profile().status == STATUS_UNSUCCESSFUL);
        CHECK(b.take() == "u?p 1?p 2?p 2-p 1-p ");
    }
    {
        knobs answers;
        answers.hardware_profile.audience = assent::abort_audience::everyone;
        profile_bench b(answers);
        b.user_answer = STATUS_UNSUCCESSFUL;
        CHECK(b.in.change_hardware_profile().status == STATUS_UNSUCCESSFUL);
        CHECK(b.take() == "u?p 2-p 1-p u-p ");
    }
}

TEST_CASE("W28 W30 a status returned for COMPLETE changes nothing") {
    profile_bench b;
    b.two.other_answer = STATUS_UNSUCCESSFUL;
    CHECK(b.in.change_hardware_profile().status == STATUS_SUCCESS);
    CHECK(b.take() == "u?p 1?p 2?p 2+p 1+p u+p ");
}

TEST_CASE("W30 an unregistered driver hears nothing") {
    profile_bench b;
    CHECK(b.one.stop() == STATUS_SUCCESS);
    CHECK(b.in.change_hardware_profile().status == STATUS_SUCCESS);
    CHECK(b.take() == "u?p 2?p 2+p u+p ");
}
