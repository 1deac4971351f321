// SPDX-License-Identifier: BSL-1.0
#include <assent/core/handle_table.hpp>

#include <assent/core/registration.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using assent::handle;

std::uintptr_t number(handle h) { return static_cast<std::uintptr_t>(h); }

// A handle is copied freely and compared; a table is not, or elements would have two owners.
static_assert(sizeof(handle) == sizeof(void*));
static_assert(!std::is_copy_constructible_v<assent::handle_table<int>>);
static_assert(!std::is_move_constructible_v<assent::handle_table<int>>);

/// What it is for: something that only moves.
using registrations = assent::handle_table<assent::registration>;

/// Counts itself, and uses its table whenever it is moved or destroyed: with the lock held that would hang.
struct guest {
    assent::handle_table<guest>* table = nullptr;
    int* alive;
    handle mine = handle::none;
    int* taken_inside = nullptr;

    guest(assent::handle_table<guest>* t, int* a) : table(t), alive(a) { ++*alive; }
    guest(guest&& other) noexcept : table(other.table), alive(other.alive), taken_inside(other.taken_inside) {
        ++*alive;
        visit();
        const handle again = std::exchange(other.mine, handle::none);
        if (again != handle::none && (table->contains(again) || table->take(again))) ++*taken_inside;
    }
    ~guest() {
        visit();
        --*alive;
    }
    void visit() const {
        if (table != nullptr) static_cast<void>(table->size());
    }
};

} // namespace

TEST_CASE("an inserted element is taken once") {
    assent::handle_table<std::unique_ptr<int>> table;
    const handle h = table.insert(std::make_unique<int>(7));
    REQUIRE(h != handle::none);
    CHECK(table.contains(h));
    CHECK(table.size() == 1);
    auto taken = table.take(h);
    REQUIRE(taken.has_value());
    CHECK(**taken == 7);
    CHECK_FALSE(table.contains(h));
    CHECK(table.size() == 0);
    CHECK_FALSE(table.take(h).has_value());
    CHECK_FALSE(table.take(h).has_value());
}

TEST_CASE("a table keeps registrations") {
    registrations table;
    const handle h = table.insert(assent::registration());
    CHECK(table.take(h).has_value());
}

TEST_CASE("a copy of an element leaves it there") {
    assent::handle_table<int> table;
    const handle h = table.insert(7);
    CHECK(table.get(h) == 7);
    CHECK(table.get(h) == 7);
    CHECK(table.take(h) == 7);
    CHECK_FALSE(table.get(h).has_value());
    CHECK_FALSE(table.get(table.reserve()).has_value());
}

TEST_CASE("W41: an old handle stays invalid when its slot is used again") {
    assent::handle_table<int> table;
    std::vector<handle> old;
    for (int i = 0; i < 100; ++i) {
        const handle h = table.insert(int(i));
        for (const handle o : old) {
            CHECK(o != h);
            CHECK_FALSE(table.contains(o));
            CHECK_FALSE(table.take(o).has_value());
        }
        CHECK(table.take(h) == i);
        old.push_back(h);
    }
    CHECK(table.capacity() < 100); // otherwise no slot was used again, and nothing was tested
}

TEST_CASE("W41: forged handles are refused") {
    assent::handle_table<int> table;
    std::set<std::uintptr_t> valid;
    for (int i = 0; i < 50; ++i) valid.insert(number(table.insert(int(i))));
    CHECK(valid.size() == 50);
    CHECK(valid.count(0) == 0);
    const auto forge = [&](std::uintptr_t value) {
        if (valid.count(value) != 0) return;
        const auto h = static_cast<handle>(value);
        if (table.contains(h) || table.take(h).has_value() || table.put(h, 1) || table.cancel(h))
            FAIL_CHECK(value);
    };
    for (std::uintptr_t v = 0; v < 1000; ++v) forge(v);
    for (const std::uintptr_t v : valid) {
        for (unsigned bit = 0; bit < sizeof v * 8; ++bit) forge(v ^ (std::uintptr_t{1} << bit));
        forge(~v);
        forge(reinterpret_cast<std::uintptr_t>(&v));
    }
    forge(reinterpret_cast<std::uintptr_t>(&table));
    forge(~std::uintptr_t{0});
    CHECK(table.size() == 50);
    for (const std::uintptr_t v : valid) CHECK(table.take(static_cast<handle>(v)).has_value());
}

TEST_CASE("a slot whose generations are used up is retired, not used under an old handle") {
    assent::handle_table<int, 4, 2> table; // 15 slots of 3 generations
    std::set<std::uintptr_t> seen;
    for (int i = 0; i < 45; ++i) {
        const handle h = table.insert(int(i));
        REQUIRE(h != handle::none);
        CHECK(seen.insert(number(h)).second);
        CHECK(table.take(h) == i);
    }
    CHECK(table.insert(1) == handle::none);
    for (const std::uintptr_t v : seen) CHECK_FALSE(table.contains(static_cast<handle>(v)));
}

TEST_CASE("when no slot is left the value stays with the caller") {
    assent::handle_table<std::unique_ptr<int>, 2, 8> table; // 3 slots
    std::vector<handle> all;
    for (int i = 0; i < 3; ++i) all.push_back(table.insert(std::make_unique<int>(i)));
    auto left_over = std::make_unique<int>(3);
    CHECK(table.insert(std::move(left_over)) == handle::none);
    REQUIRE(left_over != nullptr);
    CHECK(*left_over == 3);
    CHECK(table.size() == 3);
    CHECK(**table.take(all[1]) == 1);
    CHECK(table.insert(std::move(left_over)) != handle::none);
    CHECK(left_over == nullptr);
}

TEST_CASE("a reserved handle is invalid until its element is put") {
    assent::handle_table<int> table;
    const handle h = table.reserve();
    REQUIRE(h != handle::none);
    CHECK_FALSE(table.contains(h));
    CHECK_FALSE(table.take(h).has_value());
    CHECK(table.size() == 0);
    CHECK(table.put(h, 5));
    CHECK_FALSE(table.put(h, 6));
    CHECK_FALSE(table.cancel(h));
    CHECK(table.size() == 1);
    CHECK(table.take(h) == 5);
    CHECK_FALSE(table.put(h, 7));

    const handle unused = table.reserve();
    CHECK(table.cancel(unused));
    CHECK_FALSE(table.cancel(unused));
    CHECK_FALSE(table.put(unused, 8));
    const handle next = table.insert(9);
    CHECK(next != unused);
    CHECK(table.size() == 1);
}

TEST_CASE("handles live long beside others that come and go") {
    assent::handle_table<int> table;
    std::vector<std::pair<handle, int>> kept;
    std::vector<std::pair<handle, int>> passing;
    for (int i = 0; i < 5000; ++i) {
        (i % 3 == 0 ? kept : passing).emplace_back(table.insert(int(i)), i);
        if (i % 3 == 2) {
            CHECK(table.take(passing.back().first) == passing.back().second);
            passing.pop_back();
        }
    }
    CHECK(table.size() == kept.size() + passing.size());
    for (const auto& [h, value] : kept) CHECK(table.take(h) == value);
    for (const auto& [h, value] : passing) CHECK(table.take(h) == value);
    CHECK(table.size() == 0);
}

TEST_CASE("a million elements that come and go need no more memory than the most at one time") {
    assent::handle_table<int> table;
    handle in[10];
    for (int i = 0; i < 10; ++i) in[i] = table.insert(int(i));
    const std::size_t capacity = table.capacity();
    for (int i = 10; i < 1'000'000; ++i) {
        handle& h = in[i % 10];
        if (table.take(h) != i - 10) FAIL("wrong element at " << i);
        h = table.insert(int(i));
    }
    CHECK(table.capacity() == capacity);
    CHECK(table.size() == 10);
}

TEST_CASE("for_each shows every element with its handle, and none that is reserved or taken") {
    assent::handle_table<int> table;
    std::set<std::pair<std::uintptr_t, int>> expected;
    for (int i = 0; i < 40; ++i) {
        const handle h = table.insert(int(i));
        if (i % 4 == 0) {
            static_cast<void>(table.take(h));
        } else {
            expected.emplace(number(h), i);
        }
    }
    static_cast<void>(table.reserve());
    std::set<std::pair<std::uintptr_t, int>> seen;
    table.for_each([&](handle h, const int& value) { seen.emplace(number(h), value); });
    CHECK(seen == expected);
}

TEST_CASE("elements are moved and destroyed without the lock, and by the table's destructor at last") {
    int alive = 0;
    {
        assent::handle_table<guest> table;
        const handle h = table.insert(guest(&table, &alive));
        CHECK(alive == 1);
        {
            const auto taken = table.take(h);
            REQUIRE(taken.has_value());
            CHECK(alive == 1);
        }
        CHECK(alive == 0);
        static_cast<void>(table.insert(guest(nullptr, &alive)));
        static_cast<void>(table.insert(guest(nullptr, &alive)));
        CHECK(alive == 2);
    }
    CHECK(alive == 0);
}

TEST_CASE("while an element is being moved out its handle is invalid already") {
    int alive = 0;
    int taken_inside = 0;
    assent::handle_table<guest> table;
    const handle h = table.reserve();
    guest g(&table, &alive);
    g.taken_inside = &taken_inside;
    CHECK(table.put(h, std::move(g)));
    table.for_each([&](handle name, const guest& inside) { const_cast<guest&>(inside).mine = name; });
    CHECK(table.take(h).has_value());
    CHECK(taken_inside == 0);
    CHECK(alive == 1); // g itself
}

TEST_CASE("of several threads that take a handle exactly one gets the element") {
    constexpr int rounds = 2000;
    constexpr int threads = 3;
    assent::handle_table<std::unique_ptr<int>> table;
    std::vector<handle> handles(rounds);
    std::vector<std::atomic<int>> taken(rounds);
    std::atomic<int> ready{0};
    for (int i = 0; i < rounds; ++i)
        handles[static_cast<std::size_t>(i)] = table.insert(std::make_unique<int>(i));
    std::atomic<int> wrong{0};
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) {
        all.emplace_back([&] {
            ++ready;
            while (ready < threads) std::this_thread::yield();
            for (int i = 0; i < rounds; ++i) {
                const auto at = static_cast<std::size_t>(i);
                if (const auto element = table.take(handles[at])) {
                    if (**element != i) ++wrong;
                    ++taken[at];
                    // Its slot is used again at once, by somebody else.
                    const handle other = table.insert(std::make_unique<int>(-1));
                    if (other == handles[at]) ++wrong;
                    if (i % 2 == 0 && !table.take(other)) ++wrong;
                }
            }
        });
    }
    for (auto& t : all) t.join();
    CHECK(wrong == 0);
    for (const auto& count : taken) CHECK(count == 1);
    CHECK(table.size() == rounds / 2);
}
